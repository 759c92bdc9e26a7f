// SPDX-License-Identifier: Apache-2.0

package dev.diptych.api.network;

import org.jspecify.annotations.Nullable;

/// x Wᵀ + b over the last dimension.
public final class Linear extends Module {
    private final Parameter weight;
    private final @Nullable Parameter bias;

    public Linear(int in, int out) {
        this(in, out, true);
    }

    public Linear(int in, int out, boolean hasBias) {
        weight = new Parameter(out, in);
        bias = hasBias ? new Parameter(out) : null;
    }

    /// (…, in) → (…, out)
    public Symbol of(Symbol x) {
        return x.linear(weight, bias);
    }
}
