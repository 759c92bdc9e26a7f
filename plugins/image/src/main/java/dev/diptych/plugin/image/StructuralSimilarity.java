// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.image;

import dev.diptych.api.value.Image;

import java.util.Arrays;

/// SSIM as published (Wang, Bovik, Sheikh and Simoncelli, "Image Quality Assessment: From Error Visibility to Structural Similarity", 2004): of the brightness,
/// over every window of 11 x 11 pixels that lies within the picture, with Gaussian weights of deviation 1.5, averaged.
final class StructuralSimilarity {
    private static final int RADIUS = 5;
    private static final double DEVIATION = 1.5;
    private static final double C1 = 0.01 * 0.01;
    private static final double C2 = 0.03 * 0.03;

    private StructuralSimilarity() {}

    /// @param between called now and then; what it throws ends the work
    /// @return at most 1, which equal pictures have. For pictures that are smaller than a window the window is smaller, too
    static double of(Image before, Image after, Runnable between) {
        int width = before.width();
        int height = before.height();
        double[] weights = weights(Math.min(RADIUS, (Math.min(width, height) - 1) / 2));
        int across = width - weights.length + 1;
        int down = height - weights.length + 1;
        double[][] rows = new double[weights.length][];
        double total = 0;
        for (int y = 0; y < height; y++) {
            between.run();
            rows[y % rows.length] = row(before, after, y, weights, across);
            if (y >= weights.length - 1) {
                total += sum(rows, y + 1, weights, across);
            }
        }
        return total / ((double) across * down);
    }

    private static double[] weights(int radius) {
        double[] weights = new double[2 * radius + 1];
        double sum = 0;
        for (int i = 0; i < weights.length; i++) {
            weights[i] = Math.exp(-(i - radius) * (i - radius) / (2 * DEVIATION * DEVIATION));
            sum += weights[i];
        }
        for (int i = 0; i < weights.length; i++) {
            weights[i] /= sum;
        }
        return weights;
    }

    /// Weighted along x: a, b, a squared, b squared and a times b for each window.
    private static double[] row(Image before, Image after, int y, double[] weights, int across) {
        double[] a = brightness(before, y);
        double[] b = brightness(after, y);
        double[] moments = new double[5 * across];
        for (int x = 0; x < across; x++) {
            for (int i = 0; i < weights.length; i++) {
                double one = a[x + i];
                double other = b[x + i];
                moments[5 * x] += weights[i] * one;
                moments[5 * x + 1] += weights[i] * other;
                moments[5 * x + 2] += weights[i] * one * one;
                moments[5 * x + 3] += weights[i] * other * other;
                moments[5 * x + 4] += weights[i] * one * other;
            }
        }
        return moments;
    }

    private static double[] brightness(Image image, int y) {
        double[] values = new double[image.width()];
        for (int x = 0; x < values.length; x++) {
            values[x] = image.pixel(x, y).luminance();
        }
        return values;
    }

    /// The similarities of all windows whose rows these are.
    ///
    /// @param first the oldest of the rows, which lie in a ring
    private static double sum(double[][] rows, int first, double[] weights, int across) {
        double total = 0;
        double[] m = new double[5];
        for (int x = 0; x < across; x++) {
            Arrays.fill(m, 0);
            for (int i = 0; i < weights.length; i++) {
                double[] row = rows[(first + i) % rows.length];
                for (int k = 0; k < m.length; k++) {
                    m[k] += weights[i] * row[5 * x + k];
                }
            }
            double covariance = m[4] - m[0] * m[1];
            double variances = m[2] - m[0] * m[0] + m[3] - m[1] * m[1];
            total +=
                    (2 * m[0] * m[1] + C1)
                            * (2 * covariance + C2)
                            / ((m[0] * m[0] + m[1] * m[1] + C1) * (variances + C2));
        }
        return total;
    }
}
