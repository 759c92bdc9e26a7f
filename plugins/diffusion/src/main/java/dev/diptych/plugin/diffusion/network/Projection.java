// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.network;

import dev.diptych.api.network.Module;
import dev.diptych.api.network.Parameter;
import dev.diptych.api.network.Symbol;

/// A linear map of every pixel, at the border between pictures and tokens. Some checkpoints have it as a convolution of size 1 on the picture's side,
/// some as a matrix on the tokens' side.
final class Projection extends Module {
    private static final int[] ONE = {1, 1};
    private static final int[] NONE = {0, 0};

    private final Parameter weight;
    private final Parameter bias;
    private final transient boolean isLinear;

    Projection(int in, int out, boolean isLinear) {
        weight = isLinear ? new Parameter(out, in) : new Parameter(out, in, 1, 1);
        bias = new Parameter(out);
        this.isLinear = isLinear;
    }

    /// (batch, in, height, width) → (batch, height · width, out)
    Symbol toTokens(Symbol picture) {
        return isLinear ? Tokens.of(picture).linear(weight, bias) : Tokens.of(convolved(picture));
    }

    /// (batch, height · width, in) → (batch, out, height, width)
    ///
    /// @param like a picture of that height and width
    Symbol toPicture(Symbol tokens, Symbol like) {
        return isLinear
                ? Tokens.toPicture(tokens.linear(weight, bias), like)
                : convolved(Tokens.toPicture(tokens, like));
    }

    private Symbol convolved(Symbol picture) {
        return picture.convolution(weight, bias, ONE, NONE, ONE, 1);
    }
}
