// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.checkpoint.adapter;

import dev.diptych.engine.model.checkpoint.Elements;
import dev.diptych.engine.model.checkpoint.Shapes;
import dev.diptych.engine.model.checkpoint.StoredTensor;

import org.jspecify.annotations.Nullable;

import java.util.Objects;

/// What an adapter stores for one weight. A weight of shape (out, in, …) counts as a matrix of `out` rows.
public sealed interface Factors {
    /* LoRA: Hu et al., arXiv:2106.09685. LoHa, LoKr and the Tucker forms for convolutions: Yeh et al., "Navigating Text-To-Image Customization",
     * arXiv:2309.14859. Files keep a Tucker form's outer factors the other way round in LoHa and LoKr: (rank, out).
     */

    /// up · down, or for convolutions with a core: Σ up[o,q] mid[q,p,y,x] down[p,i].
    ///
    /// @param down (rank, in, …)
    /// @param up   (out, rank)
    /// @param mid  (rank, rank, height, width), or null
    record LowRank(StoredTensor down, StoredTensor up, @Nullable StoredTensor mid) implements Factors {
        @Override
        public long rank() {
            return Factors.size(down, 0);
        }

        @Override
        public Size size() {
            return mid == null ? sizeOfProduct(up, down) : sizeOfTucker(Factors.size(up, 0), columns(up), mid, down);
        }

        @Override
        public RowSource rows() {
            return mid == null ? product(up, down) : tucker(Elements.floats(up), Factors.size(up, 0), mid, down);
        }
    }

    /// LoHa: (w1a · w1b) ∘ (w2a · w2b), each with a core for convolutions.
    record Hadamard(
            StoredTensor w1a,
            StoredTensor w1b,
            @Nullable StoredTensor t1,
            StoredTensor w2a,
            StoredTensor w2b,
            @Nullable StoredTensor t2)
            implements Factors {
        @Override
        public long rank() {
            return Factors.size(w1b, 0);
        }

        @Override
        public Size size() {
            Size a = sizeOfPair(w1a, w1b, t1);
            require(a.equals(sizeOfPair(w2a, w2b, t2)), "the two products have different shapes");
            return a;
        }

        @Override
        public RowSource rows() {
            RowSource a = pair(w1a, w1b, t1);
            RowSource b = pair(w2a, w2b, t2);
            return new RowSource.Hadamard(a, b, new float[b.length()]);
        }
    }

    /// LoKr: w1 ⊗ w2, each whole or a product.
    ///
    /// @param w1  null if given by `w1a` and `w1b`
    /// @param w2  null if given by `w2a` and `w2b`
    /// @param t2  core of the second product, or null
    record Kronecker(
            @Nullable StoredTensor w1,
            @Nullable StoredTensor w1a,
            @Nullable StoredTensor w1b,
            @Nullable StoredTensor w2,
            @Nullable StoredTensor w2a,
            @Nullable StoredTensor w2b,
            @Nullable StoredTensor t2)
            implements Factors {
        /// 0 if nothing is of low rank: then the adapter's alpha has no effect.
        @Override
        public long rank() {
            return w1b != null ? Factors.size(w1b, 0) : w2b != null ? Factors.size(w2b, 0) : 0;
        }

        @Override
        public Size size() {
            Size a = sizeOfWholeOrPair(w1, w1a, w1b, null);
            Size b = sizeOfWholeOrPair(w2, w2a, w2b, t2);
            return new Size(Math.multiplyExact(a.rows(), b.rows()), Math.multiplyExact(a.columns(), b.columns()));
        }

        @Override
        public RowSource rows() {
            RowSource a = wholeOrPair(w1, w1a, w1b, null);
            RowSource b = wholeOrPair(w2, w2a, w2b, t2);
            return new RowSource.Kronecker(a, b, new float[a.length()], new float[b.length()]);
        }
    }

    /// The change itself.
    record Whole(StoredTensor difference) implements Factors {
        /// 0: nothing is of low rank.
        @Override
        public long rank() {
            return 0;
        }

        @Override
        public Size size() {
            return new Size(Factors.size(difference, 0), columns(difference));
        }

        @Override
        public RowSource rows() {
            return whole(difference);
        }
    }

    /// The rank r of the factor alpha / r; 0 if there is none.
    long rank();

    /// How many rows and columns they give. Reads nothing but shapes.
    ///
    /// @throws IllegalArgumentException if the shapes do not fit one another
    Size size();

    /// Reads the factors, whose shapes [#size] has found to fit.
    RowSource rows();

    /// A matrix's.
    record Size(long rows, long columns) {}

    private static Size sizeOfProduct(StoredTensor up, StoredTensor down) {
        require(
                columns(up) == size(down, 0),
                "the ranks of " + Shapes.text(up.shape()) + " and " + Shapes.text(down.shape()) + " differ");
        return new Size(size(up, 0), columns(down));
    }

    private static Size sizeOfTucker(long out, long rank, StoredTensor core, StoredTensor down) {
        require(
                core.shape().length >= 2
                        && size(core, 0) == rank
                        && size(core, 1) == size(down, 0)
                        && core.elements() > 0,
                "the core " + Shapes.text(core.shape()) + " and its factors have different ranks");
        return new Size(out, Math.multiplyExact(columns(down), core.elements() / size(core, 0) / size(core, 1)));
    }

    private static Size sizeOfPair(StoredTensor a, StoredTensor b, @Nullable StoredTensor core) {
        return core == null ? sizeOfProduct(a, b) : sizeOfTucker(size(a, 1), size(a, 0), core, b);
    }

    private static Size sizeOfWholeOrPair(
            @Nullable StoredTensor whole,
            @Nullable StoredTensor a,
            @Nullable StoredTensor b,
            @Nullable StoredTensor core) {
        if (whole != null) {
            return new Size(size(whole, 0), columns(whole));
        }
        if (a == null || b == null) {
            throw new IllegalArgumentException("a factor is missing");
        }
        return sizeOfPair(a, b, core);
    }

    private static RowSource wholeOrPair(
            @Nullable StoredTensor whole,
            @Nullable StoredTensor a,
            @Nullable StoredTensor b,
            @Nullable StoredTensor core) {
        if (whole != null) {
            return whole(whole);
        }
        return pair(Objects.requireNonNull(a), Objects.requireNonNull(b), core);
    }

    private static RowSource whole(StoredTensor tensor) {
        return new RowSource.Whole(size(tensor, 0), columns(tensor), Elements.floats(tensor));
    }

    private static RowSource pair(StoredTensor a, StoredTensor b, @Nullable StoredTensor core) {
        return core == null ? product(a, b) : tucker(transposed(a), size(a, 1), core, b);
    }

    /// @param up (out, rank, 1, 1) or (out, rank)
    private static RowSource product(StoredTensor up, StoredTensor down) {
        int rank = columns(up);
        require(
                rank == size(down, 0),
                "the ranks of " + Shapes.text(up.shape()) + " and " + Shapes.text(down.shape()) + " differ");
        return new RowSource.Product(size(up, 0), rank, columns(down), Elements.floats(up), Elements.floats(down));
    }

    /// Multiplies the core and the inner factor once: what is left is a product.
    ///
    /// @param up   (out, rank)
    /// @param core (rank, innerRank, height, width)
    /// @param down (innerRank, in)
    private static RowSource tucker(float[] up, long out, StoredTensor core, StoredTensor down) {
        int rank = Math.toIntExact(size(core, 0));
        int innerRank = Math.toIntExact(size(core, 1));
        int in = columns(down);
        int window = Math.toIntExact(core.elements() / rank / innerRank);
        float[] middle = Elements.floats(core);
        float[] inner = Elements.floats(down);
        int length = Math.multiplyExact(in, window);
        float[] product = new float[Math.multiplyExact(rank, length)];
        for (int q = 0; q < rank; q++) {
            for (int p = 0; p < innerRank; p++) {
                for (int i = 0; i < in; i++) {
                    float factor = inner[p * in + i];
                    for (int k = 0; k < window; k++) {
                        product[q * length + i * window + k] += factor * middle[(q * innerRank + p) * window + k];
                    }
                }
            }
        }
        return new RowSource.Product(out, rank, length, up, product);
    }

    private static float[] transposed(StoredTensor matrix) {
        int rows = Math.toIntExact(size(matrix, 0));
        int columns = columns(matrix);
        float[] from = Elements.floats(matrix);
        float[] to = new float[from.length];
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                to[j * rows + i] = from[i * columns + j];
            }
        }
        return to;
    }

    private static long size(StoredTensor tensor, int dimension) {
        long[] shape = tensor.shape();
        return dimension < shape.length ? shape[dimension] : 1;
    }

    private static int columns(StoredTensor tensor) {
        long rows = size(tensor, 0);
        require(rows > 0, tensor.name() + " is empty");
        return Math.toIntExact(tensor.elements() / rows);
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new IllegalArgumentException(otherwise);
        }
    }
}
