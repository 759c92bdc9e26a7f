// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.augmentation;

import dev.diptych.api.value.Tensor;

/// How OpenCV resizes: the kinds that the BSRGAN degradation chooses from. Only [#AREA] averages when it shrinks; the others leave out pixels.
public enum Interpolation {
    /// `cv2.INTER_LINEAR`
    LINEAR,
    /// `cv2.INTER_CUBIC`, a = -0.75
    CUBIC,
    /// `cv2.INTER_AREA`: means of the area covered; enlarging, this is linear
    AREA;

    private static final double CUBIC_A = -0.75;

    /// @param picture (batch, channels, height, width)
    public Tensor resize(Tensor picture, int height, int width) {
        Weights rows = weights(picture.size(2), height);
        Weights columns = weights(picture.size(3), width);
        int planes = picture.size(0) * picture.size(1);
        int fromHeight = picture.size(2);
        int fromWidth = picture.size(3);
        float[] in = picture.floats();
        float[] out = new float[planes * height * width];
        double[] narrowed = new double[fromHeight * width];
        for (int plane = 0; plane < planes; plane++) {
            for (int y = 0; y < fromHeight; y++) {
                for (int x = 0; x < width; x++) {
                    double sum = 0;
                    for (int k = 0; k < columns.values[x].length; k++) {
                        int source = Math.clamp((long) columns.first[x] + k, 0, fromWidth - 1);
                        sum += columns.values[x][k] * in[(plane * fromHeight + y) * fromWidth + source];
                    }
                    narrowed[y * width + x] = sum;
                }
            }
            for (int y = 0; y < height; y++) {
                for (int x = 0; x < width; x++) {
                    double sum = 0;
                    for (int k = 0; k < rows.values[y].length; k++) {
                        int source = Math.clamp((long) rows.first[y] + k, 0, fromHeight - 1);
                        sum += rows.values[y][k] * narrowed[source * width + x];
                    }
                    out[(plane * height + y) * width + x] = (float) sum;
                }
            }
        }
        return Tensor.ofFloats(out, picture.size(0), picture.size(1), height, width);
    }

    /// @param first  of each result, the first source pixel; outside the picture the edge counts
    /// @param values of each result, the weights from there on, with the sum 1
    private record Weights(int[] first, double[][] values) {}

    private Weights weights(int from, int to) {
        int[] first = new int[to];
        double[][] values = new double[to][];
        double scale = (double) from / to;
        for (int i = 0; i < to; i++) {
            double centre = (i + 0.5) * scale - 0.5;
            int below = (int) Math.floor(centre);
            double part = centre - below;
            if (this == AREA && scale > 1) {
                double start = i * scale;
                double end = Math.min(start + scale, from);
                first[i] = (int) Math.floor(start);
                int last = Math.min((int) Math.ceil(end), from) - 1;
                values[i] = new double[last - first[i] + 1];
                for (int k = 0; k < values[i].length; k++) {
                    double covered = Math.min(end, first[i] + k + 1.0) - Math.max(start, first[i] + k);
                    values[i][k] = covered / (end - start);
                }
            } else if (this == CUBIC) {
                first[i] = below - 1;
                values[i] = new double[] {cubic(part + 1), cubic(part), cubic(1 - part), cubic(2 - part)};
            } else {
                first[i] = below;
                values[i] = new double[] {1 - part, part};
            }
        }
        return new Weights(first, values);
    }

    private static double cubic(double distance) {
        double d = Math.abs(distance);
        return d <= 1
                ? ((CUBIC_A + 2) * d - (CUBIC_A + 3)) * d * d + 1
                : ((CUBIC_A * d - 5 * CUBIC_A) * d + 8 * CUBIC_A) * d - 4 * CUBIC_A;
    }
}
