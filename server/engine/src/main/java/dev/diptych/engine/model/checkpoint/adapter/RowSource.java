// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.checkpoint.adapter;

import java.util.Arrays;

/// A matrix given row by row, in float32. Holds its factors, never the whole of it. For one thread.
interface RowSource {
    long rows();

    /// The number of columns.
    int length();

    /// Writes one row to the beginning of an array.
    void row(long index, float[] target);

    /// A matrix that is there as it is.
    ///
    /// @param values row-major
    record Whole(long rows, int length, float[] values) implements RowSource {
        @Override
        public void row(long index, float[] target) {
            System.arraycopy(values, Math.toIntExact(index * length), target, 0, length);
        }
    }

    /// up · down
    ///
    /// @param up   (rows, rank)
    /// @param down (rank, length)
    record Product(long rows, int rank, int length, float[] up, float[] down) implements RowSource {
        @Override
        public void row(long index, float[] target) {
            Arrays.fill(target, 0, length, 0);
            for (int q = 0; q < rank; q++) {
                float factor = up[Math.toIntExact(index * rank + q)];
                int from = q * length;
                for (int i = 0; i < length; i++) {
                    target[i] += factor * down[from + i];
                }
            }
        }
    }

    /// a ∘ b, element by element
    record Hadamard(RowSource a, RowSource b, float[] buffer) implements RowSource {
        @Override
        public long rows() {
            return a.rows();
        }

        @Override
        public int length() {
            return a.length();
        }

        @Override
        public void row(long index, float[] target) {
            a.row(index, target);
            b.row(index, buffer);
            for (int i = 0; i < a.length(); i++) {
                target[i] *= buffer[i];
            }
        }
    }

    /// a ⊗ b: each element of a times the whole of b
    record Kronecker(RowSource a, RowSource b, float[] rowOfA, float[] rowOfB) implements RowSource {
        @Override
        public long rows() {
            return a.rows() * b.rows();
        }

        @Override
        public int length() {
            return Math.multiplyExact(a.length(), b.length());
        }

        @Override
        public void row(long index, float[] target) {
            a.row(index / b.rows(), rowOfA);
            b.row(index % b.rows(), rowOfB);
            for (int i = 0; i < a.length(); i++) {
                for (int j = 0; j < b.length(); j++) {
                    target[i * b.length() + j] = rowOfA[i] * rowOfB[j];
                }
            }
        }
    }
}
