// SPDX-License-Identifier: Apache-2.0

package dev.diptych.api.network;

/// Convolution over (batch, channels, depth, height, width).
public final class Conv3d extends Convolution {
    /// Keeps the size: stride 1, half the kernel as border of zeros.
    ///
    /// @param kernel odd
    public Conv3d(int in, int out, int kernel) {
        this(in, out, kernel, 1, kernel / 2);
    }

    public Conv3d(int in, int out, int kernel, int stride, int padding) {
        this(in, out, all(3, kernel), all(3, stride), all(3, padding), all(3, 1), 1, true);
    }

    /// @param kernel for each dimension, as are stride, padding and dilation
    public Conv3d(
            int in, int out, int[] kernel, int[] stride, int[] padding, int[] dilation, int groups, boolean hasBias) {
        super(in, out, kernel, stride, padding, dilation, groups, hasBias);
    }
}
