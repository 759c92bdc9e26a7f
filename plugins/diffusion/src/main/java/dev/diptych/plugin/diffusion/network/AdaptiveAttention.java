// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.network;

import dev.diptych.api.network.Module;
import dev.diptych.api.network.Symbol;

import org.jspecify.annotations.Nullable;

/// Attention to the text, and before it among the pixels where a block has that, each on what is normalised with respect to the time.
final class AdaptiveAttention extends Module implements Layer {
    private static final double EPSILON = 1e-5;

    private final @Nullable AdaptiveGroupNorm norm1;
    private final @Nullable Attention attn1;
    private final AdaptiveGroupNorm norm2;
    private final Attention attn2;

    /// @param looksAtPixels whether pixels look at each other first
    AdaptiveAttention(int channels, int headDim, int textWidth, int embeddingWidth, boolean looksAtPixels) {
        var heads = new Heads(channels / headDim);
        norm1 = looksAtPixels ? norm(channels, embeddingWidth) : null;
        attn1 = looksAtPixels ? new Attention(channels, channels, heads, headDim, true, false) : null;
        norm2 = norm(channels, embeddingWidth);
        attn2 = new Attention(channels, textWidth, heads, headDim, true, true);
    }

    private static AdaptiveGroupNorm norm(int channels, int embeddingWidth) {
        int groups = Math.max(1, channels / AdaptiveGroupNorm.GROUP_SIZE);
        return new AdaptiveGroupNorm(embeddingWidth, channels, groups, EPSILON);
    }

    /// (batch, channels, height, width) → the same shape
    @Override
    public Symbol of(Symbol x, Conditioning conditioning) {
        if (norm1 != null && attn1 != null) {
            var tokens = Tokens.of(norm1.of(x, conditioning.embedding())); // (batch, height · width, channels)
            x = x.plus(Tokens.toPicture(attn1.of(tokens, conditioning.mask()), x));
        }
        var tokens = Tokens.of(norm2.of(x, conditioning.embedding()));
        return x.plus(Tokens.toPicture(attn2.of(tokens, conditioning.requiredText(), conditioning.textMask()), x));
    }
}
