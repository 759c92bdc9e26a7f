// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.network;

import dev.diptych.api.network.Symbol;

/// A picture as a row of tokens, one for each pixel.
final class Tokens {
    private Tokens() {}

    /// (batch, channels, height, width) → (batch, height · width, channels)
    static Symbol of(Symbol picture) {
        return picture.flatten(2, 3).transpose(1, 2);
    }

    /// (batch, height · width, channels) → (batch, channels, height, width)
    ///
    /// @param like a picture of that height and width
    static Symbol toPicture(Symbol tokens, Symbol like) {
        return tokens.transpose(1, 2).unflatten(2, like.size(2), like.size(3));
    }
}
