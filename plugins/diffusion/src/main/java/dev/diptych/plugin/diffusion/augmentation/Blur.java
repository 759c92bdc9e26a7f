// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.augmentation;

import dev.diptych.api.value.Tensor;

/// A blur by a kernel: each value becomes a weighted mean of its neighbours. At the border the picture is mirrored, the edge itself not repeated.
/// Immutable.
///
/// @param weights by rows, an odd number of rows and columns, with the sum 1
public record Blur(double[][] weights) {

    /// The same in all directions. unCLIP's 64 to 256 pixels blurs its condition with size 3 and deviation 0.6.
    ///
    /// @param deviation in pixels, above 0
    /// @param size      odd
    public static Blur gaussian(double deviation, int size) {
        return gaussian(deviation, deviation, 0, size);
    }

    /// Stretched and turned.
    ///
    /// @param along, across deviations in pixels, above 0
    /// @param angle         of the longer axis to the horizontal, in radians
    /// @param size          odd
    public static Blur gaussian(double along, double across, double angle, int size) {
        if (size < 1 || size % 2 == 0 || !(along > 0) || !(across > 0)) {
            throw new IllegalArgumentException(
                    "A kernel of size %d with deviations %s and %s: the size has to be odd, deviations above 0"
                            .formatted(size, along, across));
        }
        double[][] weights = new double[size][size];
        int radius = size / 2;
        double sum = 0;
        for (int i = 0; i < size; i++) {
            for (int j = 0; j < size; j++) {
                double u = (j - radius) * Math.cos(angle) + (i - radius) * Math.sin(angle);
                double v = (i - radius) * Math.cos(angle) - (j - radius) * Math.sin(angle);
                weights[i][j] = Math.exp(-0.5 * (u * u / (along * along) + v * v / (across * across)));
                sum += weights[i][j];
            }
        }
        for (double[] row : weights) {
            for (int j = 0; j < size; j++) {
                row[j] /= sum;
            }
        }
        return new Blur(weights);
    }

    /// @param picture (batch, channels, height, width)
    /// @return of the same shape
    public Tensor of(Tensor picture) {
        int height = picture.size(2);
        int width = picture.size(3);
        int size = height * width;
        float[] in = picture.floats();
        float[] out = new float[in.length];
        int radius = weights.length / 2;
        for (int plane = 0; plane * size < in.length; plane++) {
            for (int y = 0; y < height; y++) {
                for (int x = 0; x < width; x++) {
                    double sum = 0;
                    for (int i = -radius; i <= radius; i++) {
                        int row = plane * size + mirrored(y + i, height) * width;
                        for (int j = -radius; j <= radius; j++) {
                            sum += weights[i + radius][j + radius] * in[row + mirrored(x + j, width)];
                        }
                    }
                    out[plane * size + y * width + x] = (float) sum;
                }
            }
        }
        return Tensor.ofFloats(out, picture.shape());
    }

    private static int mirrored(int index, int size) {
        if (size == 1) {
            return 0;
        }
        int period = 2 * size - 2;
        int inside = Math.floorMod(index, period);
        return inside < size ? inside : period - inside;
    }
}
