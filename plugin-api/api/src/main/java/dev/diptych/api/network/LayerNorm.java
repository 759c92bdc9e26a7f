// SPDX-License-Identifier: Apache-2.0

package dev.diptych.api.network;

import org.jspecify.annotations.Nullable;

/// Layer normalisation over the last dimension. Ba, Kiros and Hinton, arXiv:1607.06450.
public final class LayerNorm extends Module {
    private final @Nullable Parameter weight;
    private final @Nullable Parameter bias;
    private final transient int width;
    private final transient double epsilon;

    public LayerNorm(int width) {
        this(width, 1e-5, true, true);
    }

    public LayerNorm(int width, double epsilon, boolean hasWeight, boolean hasBias) {
        weight = hasWeight ? new Parameter(width) : null;
        bias = hasWeight && hasBias ? new Parameter(width) : null;
        this.width = width;
        this.epsilon = epsilon;
    }

    /// (…, width) → the same shape
    public Symbol of(Symbol x) {
        return x.layerNorm(new long[] {width}, weight, bias, epsilon);
    }
}
