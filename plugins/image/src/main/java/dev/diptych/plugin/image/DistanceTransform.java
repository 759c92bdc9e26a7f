// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.image;

import dev.diptych.api.node.NodeContext;

import java.util.function.IntPredicate;

/// Euclidean distances to a set of pixels, exact, in time proportional to their number.
/// Felzenszwalb and Huttenlocher, "Distance Transforms of Sampled Functions", Theory of Computing 8 (2012), section 2.
final class DistanceTransform {
    private static final float FAR = 1e12f;

    private DistanceTransform() {}

    /// @param isInside by index, row by row
    /// @return squared distance of each pixel to the nearest one inside; very large if there is none
    static float[] squared(int width, int height, IntPredicate isInside, NodeContext context) {
        float[] grid = new float[width * height];
        for (int i = 0; i < grid.length; i++) {
            grid[i] = isInside.test(i) ? 0 : FAR;
        }
        float[] line = new float[Math.max(width, height)];
        Envelope envelope = new Envelope(line.length);
        for (int x = 0; x < width; x++) {
            context.checkCancelled();
            for (int y = 0; y < height; y++) {
                line[y] = grid[y * width + x];
            }
            envelope.of(line, height);
            for (int y = 0; y < height; y++) {
                grid[y * width + x] = envelope.at(line, y);
            }
        }
        for (int y = 0; y < height; y++) {
            context.checkCancelled();
            System.arraycopy(grid, y * width, line, 0, width);
            envelope.of(line, width);
            for (int x = 0; x < width; x++) {
                grid[y * width + x] = envelope.at(line, x);
            }
        }
        return grid;
    }

    /// The lowest of the parabolas that stand on the samples.
    private static final class Envelope {
        private final int[] roots;
        private final double[] bounds;
        private int current;

        private Envelope(int length) {
            roots = new int[length];
            bounds = new double[length + 1];
        }

        private void of(float[] values, int length) {
            int last = 0;
            roots[0] = 0;
            bounds[0] = Double.NEGATIVE_INFINITY;
            bounds[1] = Double.POSITIVE_INFINITY;
            for (int q = 1; q < length; q++) {
                double crossing = crossing(values, q, roots[last]);
                while (crossing <= bounds[last]) {
                    last--;
                    crossing = crossing(values, q, roots[last]);
                }
                last++;
                roots[last] = q;
                bounds[last] = crossing;
                bounds[last + 1] = Double.POSITIVE_INFINITY;
            }
            current = 0;
        }

        private static double crossing(float[] values, int q, int p) {
            return ((values[q] + (double) q * q) - (values[p] + (double) p * p)) / (2.0 * q - 2.0 * p);
        }

        /// Places must be asked in rising order.
        private float at(float[] values, int place) {
            while (bounds[current + 1] < place) {
                current++;
            }
            int distance = place - roots[current];
            return (float) ((double) distance * distance + values[roots[current]]);
        }
    }
}
