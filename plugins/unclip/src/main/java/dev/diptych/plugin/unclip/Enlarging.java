// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.unclip;

import dev.diptych.api.value.Tensor;

/// Bicubic enlargement of float pictures with a = -1/2, as PyTorch's `interpolate` with antialiasing does it where pictures grow.
final class Enlarging {
    private static final double A = -0.5;

    private Enlarging() {}

    /// @param pictures (batch, channels, height, width)
    /// @return (batch, channels, side, side)
    static Tensor bicubic(Tensor pictures, int side) {
        int batch = pictures.size(0);
        int channels = pictures.size(1);
        int height = pictures.size(2);
        int width = pictures.size(3);
        Taps across = Taps.of(width, side);
        Taps down = Taps.of(height, side);
        float[] from = pictures.floats();
        float[] rows = new float[batch * channels * height * side];
        for (int row = 0; row < batch * channels * height; row++) {
            for (int x = 0; x < side; x++) {
                rows[row * side + x] = across.sum(from, row * width, 1, x);
            }
        }
        float[] to = new float[batch * channels * side * side];
        for (int plane = 0; plane < batch * channels; plane++) {
            for (int y = 0; y < side; y++) {
                for (int x = 0; x < side; x++) {
                    to[(plane * side + y) * side + x] = down.sum(rows, plane * height * side + x, side, y);
                }
            }
        }
        return Tensor.ofFloats(to, batch, channels, side, side);
    }

    /// Which elements make each new one, and how much.
    private record Taps(int[] starts, float[][] weights) {
        static Taps of(int size, int newSize) {
            double scale = (double) size / newSize;
            double filterScale = Math.max(1, scale);
            double reach = 2 * filterScale;
            int[] starts = new int[newSize];
            float[][] weights = new float[newSize][];
            for (int i = 0; i < newSize; i++) {
                double center = (i + 0.5) * scale;
                starts[i] = Math.max(0, (int) (center - reach + 0.5));
                int end = Math.min(size, (int) (center + reach + 0.5));
                double[] exact = new double[end - starts[i]];
                double total = 0;
                for (int k = 0; k < exact.length; k++) {
                    exact[k] = cubic((k + starts[i] - center + 0.5) / filterScale);
                    total += exact[k];
                }
                weights[i] = new float[exact.length];
                for (int k = 0; k < exact.length; k++) {
                    weights[i][k] = (float) (exact[k] / total);
                }
            }
            return new Taps(starts, weights);
        }

        float sum(float[] values, int offset, int stride, int index) {
            float sum = 0;
            int at = offset + starts[index] * stride;
            for (float weight : weights[index]) {
                sum += weight * values[at];
                at += stride;
            }
            return sum;
        }
    }

    private static double cubic(double value) {
        double x = Math.abs(value);
        if (x < 1) {
            return ((A + 2) * x - (A + 3)) * x * x + 1;
        }
        return x < 2 ? (((x - 5) * x + 8) * x - 4) * A : 0;
    }
}
