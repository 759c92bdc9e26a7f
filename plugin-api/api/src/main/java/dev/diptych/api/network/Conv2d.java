// SPDX-License-Identifier: Apache-2.0

package dev.diptych.api.network;

/// Convolution over (batch, channels, height, width).
public final class Conv2d extends Convolution {
    /// Keeps the size: stride 1, half the kernel as border of zeros.
    ///
    /// @param kernel odd
    public Conv2d(int in, int out, int kernel) {
        this(in, out, kernel, 1, kernel / 2);
    }

    public Conv2d(int in, int out, int kernel, int stride, int padding) {
        this(in, out, all(2, kernel), all(2, stride), all(2, padding), all(2, 1), 1, true);
    }

    /// @param kernel for each dimension, as are stride, padding and dilation
    public Conv2d(
            int in, int out, int[] kernel, int[] stride, int[] padding, int[] dilation, int groups, boolean hasBias) {
        super(in, out, kernel, stride, padding, dilation, groups, hasBias);
    }
}
