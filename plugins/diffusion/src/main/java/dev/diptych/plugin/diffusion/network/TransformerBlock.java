// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.network;

import dev.diptych.api.network.LayerNorm;
import dev.diptych.api.network.Module;
import dev.diptych.api.network.Symbol;

import org.jspecify.annotations.Nullable;

/// Attention, attention, feed-forward, each on what is normalised before and added to what was. The first attention is among the tokens, or to the
/// text too; the second is to the text, or among the tokens again where there is no text.
final class TransformerBlock extends Module {
    private final LayerNorm norm1;
    private final Attention attn1;
    private final LayerNorm norm2;
    private final Attention attn2;
    private final LayerNorm norm3;
    private final FeedForward ff;
    private final transient boolean readsTextTwice;

    /// @param width     of the tokens
    /// @param textWidth of the text; `width` where the second attention is among the tokens
    TransformerBlock(int width, int textWidth, Heads heads, int headDim, boolean readsTextTwice) {
        norm1 = new LayerNorm(width);
        attn1 = new Attention(width, readsTextTwice ? textWidth : width, heads, headDim);
        norm2 = new LayerNorm(width);
        attn2 = new Attention(width, textWidth, heads, headDim);
        norm3 = new LayerNorm(width);
        ff = new FeedForward(width);
        this.readsTextTwice = readsTextTwice;
    }

    /// Without a text: (batch, tokens, width) → the same shape
    Symbol of(Symbol x) {
        x = x.plus(attn1.of(norm1.of(x), null));
        x = x.plus(attn2.of(norm2.of(x), null));
        return x.plus(ff.of(norm3.of(x)));
    }

    /// (batch, tokens, width) → the same shape
    ///
    /// @param text (batch, textTokens, textWidth)
    Symbol of(Symbol x, Symbol text, @Nullable Symbol mask, @Nullable Symbol textMask) {
        var normed = norm1.of(x);
        x = x.plus(readsTextTwice ? attn1.of(normed, text, mask) : attn1.of(normed, mask));
        x = x.plus(attn2.of(norm2.of(x), text, textMask));
        return x.plus(ff.of(norm3.of(x)));
    }
}
