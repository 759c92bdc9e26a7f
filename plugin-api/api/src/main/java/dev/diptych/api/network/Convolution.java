// SPDX-License-Identifier: Apache-2.0

package dev.diptych.api.network;

import org.jspecify.annotations.Nullable;

import java.util.Arrays;

/// What the convolutions of 1, 2 and 3 dimensions share.
abstract sealed class Convolution extends Module permits Conv1d, Conv2d, Conv3d {
    private final Parameter weight;
    private final @Nullable Parameter bias;
    private final transient int[] stride;
    private final transient int[] padding;
    private final transient int[] dilation;
    private final transient int groups;

    Convolution(
            int in, int out, int[] kernel, int[] stride, int[] padding, int[] dilation, int groups, boolean hasBias) {
        long[] shape = new long[kernel.length + 2];
        shape[0] = out;
        shape[1] = in / groups;
        for (int i = 0; i < kernel.length; i++) {
            shape[i + 2] = kernel[i];
        }
        weight = new Parameter(shape);
        bias = hasBias ? new Parameter(out) : null;
        this.stride = stride;
        this.padding = padding;
        this.dilation = dilation;
        this.groups = groups;
    }

    static int[] all(int dimensions, int value) {
        int[] values = new int[dimensions];
        Arrays.fill(values, value);
        return values;
    }

    /// (batch, in, …) → (batch, out, …)
    public final Symbol of(Symbol x) {
        return x.convolution(weight, bias, stride, padding, dilation, groups);
    }
}
