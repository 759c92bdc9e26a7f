// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.network;

import dev.diptych.api.network.Symbol;

import org.jspecify.annotations.Nullable;

/// The heads of an attention.
///
/// @param count     how many
/// @param isPrecise whether scores are computed in float32 whatever the network runs in, because they are too large for float16
record Heads(int count, boolean isPrecise) {
    Heads(int count) {
        this(count, false);
    }

    /// (batch, tokens, count · headDim) → (batch, count, tokens, headDim)
    Symbol split(Symbol x) {
        return x.unflatten(2, count, -1).transpose(1, 2);
    }

    /// softmax(q kᵀ / √headDim + bias) v of split queries, keys and values.
    ///
    /// @param bias (batch, 1, 1, keyTokens), null for none
    /// @return (batch, tokens, count · headDim)
    Symbol attend(Symbol q, Symbol k, Symbol v, @Nullable Symbol bias) {
        Symbol seen =
                isPrecise
                        ? q.toFloat32()
                                .attention(
                                        k.toFloat32(),
                                        v.toFloat32(),
                                        bias == null ? null : bias.toFloat32(),
                                        false,
                                        null)
                                .toFloat()
                        : q.attention(k, v, bias, false, null);
        return seen.transpose(1, 2).flatten(2, 3);
    }
}
