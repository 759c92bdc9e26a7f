// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.latent;

import dev.diptych.api.value.Tensor;

/// Tensors at another size, without new values: PyTorch's `interpolate(mode="nearest")`.
public final class Nearest {
    private Nearest() {}

    /// @param x (batch, channels, height, width), float32
    /// @return the same tensor if it has that size
    public static Tensor resize(Tensor x, int height, int width) {
        int oldHeight = x.size(2);
        int oldWidth = x.size(3);
        if (oldHeight == height && oldWidth == width) {
            return x;
        }
        int planes = x.size(0) * x.size(1);
        float[] from = x.floats();
        float[] to = new float[planes * height * width];
        for (int plane = 0; plane < planes; plane++) {
            for (int row = 0; row < height; row++) {
                int start = (plane * oldHeight + source(row, oldHeight, height)) * oldWidth;
                for (int column = 0; column < width; column++) {
                    to[(plane * height + row) * width + column] = from[start + source(column, oldWidth, width)];
                }
            }
        }
        return Tensor.ofFloats(to, x.size(0), x.size(1), height, width);
    }

    /* In float32, which decides where a place lies between two. */
    private static int source(int place, int size, int newSize) {
        return Math.min((int) (place * ((float) size / newSize)), size - 1);
    }
}
