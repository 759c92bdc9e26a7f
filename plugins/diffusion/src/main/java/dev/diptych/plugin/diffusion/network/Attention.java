// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.network;

import dev.diptych.api.network.LayerNorm;
import dev.diptych.api.network.Linear;
import dev.diptych.api.network.Module;
import dev.diptych.api.network.Named;
import dev.diptych.api.network.Symbol;

import org.jspecify.annotations.Nullable;

/// Attention of tokens to each other or to a text. Vaswani et al., arXiv:1706.03762, section 3.2.2.
final class Attention extends Module {
    private final @Nullable LayerNorm normCross;
    private final Linear toQ;
    private final Linear toK;
    private final Linear toV;

    @Named("to_out.0")
    private final Linear toOut;

    private final transient Heads heads;

    /// @param width     of the tokens
    /// @param textWidth of what is looked at
    Attention(int width, int textWidth, Heads heads, int headDim) {
        this(width, textWidth, heads, headDim, false, false);
    }

    /// @param normalisesText whether what is looked at is normalised first
    Attention(int width, int textWidth, Heads heads, int headDim, boolean hasBias, boolean normalisesText) {
        int inner = heads.count() * headDim;
        normCross = normalisesText ? new LayerNorm(textWidth) : null;
        toQ = new Linear(width, inner, hasBias);
        toK = new Linear(textWidth, inner, hasBias);
        toV = new Linear(textWidth, inner, hasBias);
        toOut = new Linear(inner, width);
        this.heads = heads;
    }

    /// (batch, tokens, width) → the same shape, each token having looked at the others.
    Symbol of(Symbol x, @Nullable Symbol bias) {
        return looking(x, x, bias);
    }

    /// (batch, tokens, width) → the same shape, each token having looked at the text.
    ///
    /// @param text (batch, textTokens, textWidth)
    /// @param bias (batch, 1, 1, textTokens), null for none
    Symbol of(Symbol x, Symbol text, @Nullable Symbol bias) {
        return looking(x, normCross == null ? text : normCross.of(text), bias);
    }

    private Symbol looking(Symbol x, Symbol seen, @Nullable Symbol bias) {
        var q = heads.split(toQ.of(x)); // (batch, heads, tokens, headDim)
        var k = heads.split(toK.of(seen)); // (batch, heads, seenTokens, headDim)
        var v = heads.split(toV.of(seen));
        return toOut.of(heads.attend(q, k, v, bias));
    }
}
