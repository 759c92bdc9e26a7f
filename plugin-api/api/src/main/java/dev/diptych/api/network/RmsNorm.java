// SPDX-License-Identifier: Apache-2.0

package dev.diptych.api.network;

/// Root-mean-square normalisation over the last dimension, computed in float32. Zhang and Sennrich, arXiv:1910.07467.
public final class RmsNorm extends Module {
    private final Parameter weight;
    private final transient double epsilon;

    public RmsNorm(int width, double epsilon) {
        weight = new Parameter(width);
        this.epsilon = epsilon;
    }

    /// (…, width) → the same shape
    public Symbol of(Symbol x) {
        return x.rmsNorm(epsilon).times(weight);
    }
}
