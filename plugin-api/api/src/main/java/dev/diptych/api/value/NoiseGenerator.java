// SPDX-License-Identifier: Apache-2.0

package dev.diptych.api.value;

import java.util.Arrays;

/// A source of random numbers that gives what PyTorch's CPU generator gives: `torch.Generator().manual_seed(s)`, and then the same draws
/// in the same order. Each draw goes on where the last one ended. Make one with [Seed#generator]. Not safe for threads.
///
/// PyTorch's generator reads the lower 32 bits of a seed: seeds that differ above them give the same numbers, there and here.
public final class NoiseGenerator {
    private static final float FLOAT_UNIT = 0x1p-24f;
    private static final double DOUBLE_UNIT = 0x1p-53;
    private static final long MAX_RANGE_OF_32_BITS = 1L << 28;

    private final MersenneTwister twister;
    private double spareNormal;
    private boolean hasSpareNormal;

    /// At the start of a seed's sequence.
    public NoiseGenerator(Seed seed) {
        twister = new MersenneTwister((int) seed.value());
    }

    /// The generator's next 32 bits.
    public int nextBits() {
        return twister.next();
    }

    /// Standard normal noise: `torch.randn`, float32. Sixteen numbers and more are equal to the last bit to those of a processor with AVX2, which most have.
    ///
    /// @param shape sizes, outermost first; none for a scalar
    /// @throws IllegalArgumentException if a size is negative, or the shape has more than 2^31 - 1 elements
    public Tensor normal(int... shape) {
        float[] data = new float[elements(shape)];
        if (data.length < BoxMuller.GROUP) {
            for (int i = 0; i < data.length; i++) {
                data[i] = (float) nextNormal();
            }
        } else {
            fillUniform(data, 0);
            int whole = data.length - data.length % BoxMuller.GROUP;
            for (int start = 0; start < whole; start += BoxMuller.GROUP) {
                BoxMuller.transform(data, start);
            }
            if (whole < data.length) {
                int last = data.length - BoxMuller.GROUP;
                fillUniform(data, last);
                BoxMuller.transform(data, last);
            }
        }
        return Tensor.ofFloats(data, shape);
    }

    /// Uniform noise in [0, 1): `torch.rand`, float32.
    ///
    /// @param shape sizes, outermost first; none for a scalar
    /// @throws IllegalArgumentException if a size is negative, or the shape has more than 2^31 - 1 elements
    public Tensor uniform(int... shape) {
        float[] data = new float[elements(shape)];
        fillUniform(data, 0);
        return Tensor.ofFloats(data, shape);
    }

    /// Whole numbers from `from` up to, and without, `to`: `torch.randint` and `Tensor.random_(from, to)`, int64.
    ///
    /// @param shape sizes, outermost first; none for a scalar
    /// @throws IllegalArgumentException if the range is empty, a size is negative, or the shape has more than 2^31 - 1 elements
    public Tensor integers(long from, long to, int... shape) {
        if (from >= to) {
            throw new IllegalArgumentException("No whole number lies from " + from + " up to, and without, " + to);
        }
        long[] data = new long[elements(shape)];
        long range = to - from; // above 2^63 it is negative: unsigned
        boolean isSmall = range > 0 && range < MAX_RANGE_OF_32_BITS;
        for (int i = 0; i < data.length; i++) {
            long bits = isSmall ? Integer.toUnsignedLong(twister.next()) : nextLong();
            data[i] = from + Long.remainderUnsigned(bits, range);
        }
        return Tensor.ofLongs(data, shape);
    }

    private void fillUniform(float[] data, int start) {
        for (int i = start; i < data.length; i++) {
            data[i] = (twister.next() & 0xffffff) * FLOAT_UNIT;
        }
    }

    /// The same on every machine, hence StrictMath. Box and Muller's method makes two at once; the second waits for the next call, whatever is drawn in between.
    private double nextNormal() {
        if (hasSpareNormal) {
            hasSpareNormal = false;
            return spareNormal;
        }
        double theta = 2 * Math.PI * nextDouble();
        double radius = Math.sqrt(-2 * StrictMath.log1p(-nextDouble()));
        spareNormal = radius * StrictMath.sin(theta);
        hasSpareNormal = true;
        return radius * StrictMath.cos(theta);
    }

    private double nextDouble() {
        return (nextLong() & ((1L << 53) - 1)) * DOUBLE_UNIT;
    }

    private long nextLong() {
        long upper = Integer.toUnsignedLong(twister.next());
        return upper << 32 | Integer.toUnsignedLong(twister.next());
    }

    private static int elements(int... shape) {
        long count = 1;
        boolean isEmpty = false;
        for (int size : shape) {
            if (size < 0) {
                throw new IllegalArgumentException("A size is negative: " + Arrays.toString(shape));
            }
            isEmpty |= size == 0;
            count = Math.min(count * Math.max(size, 1), 1L << 32);
        }
        if (!isEmpty && count > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("Shape " + Arrays.toString(shape) + " has more than 2^31 - 1 elements");
        }
        return isEmpty ? 0 : (int) count;
    }
}
