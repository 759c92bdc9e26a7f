// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.network;

import dev.diptych.api.network.Size;
import dev.diptych.api.network.Symbol;

import org.jspecify.annotations.Nullable;

/// What every layer of a U-Net is told beside the picture.
///
/// @param embedding the time, and what is added to it: (batch, embeddingWidth)
/// @param text      tokens to look at: (batch, tokens, textWidth); null if there are none
/// @param mask      added to what attention within the picture scores: (batch, 1, 1, tokens); null for nothing
/// @param textMask  added to what attention to the text scores: (batch, 1, 1, tokens); null for nothing
/// @param frames    how many pictures that follow each other are one video; 1 for pictures
record Conditioning(
        Symbol embedding, @Nullable Symbol text, @Nullable Symbol mask, @Nullable Symbol textMask, Size frames) {
    /// Low enough to leave a hidden token no weight, and within float16.
    private static final double HIDDEN = -10_000;

    static Conditioning on(Symbol embedding) {
        return new Conditioning(embedding, null, null, null, Size.of(1));
    }

    /// The text, where a layer cannot do without.
    Symbol requiredText() {
        if (text == null) {
            throw new IllegalStateException("Attention to a text in a network that has none");
        }
        return text;
    }

    /// What is added to the scores of attention.
    ///
    /// @param visible (batch, tokens), int64: 1 where a token may be looked at, 0 where not
    /// @return (batch, 1, 1, tokens): nothing for a visible token
    static Symbol bias(Symbol visible) {
        return visible.toFloat().minus(1).times(-HIDDEN).unsqueeze(1).unsqueeze(1);
    }
}
