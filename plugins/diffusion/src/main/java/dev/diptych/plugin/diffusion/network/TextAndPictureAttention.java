// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.network;

import dev.diptych.api.network.GroupNorm;
import dev.diptych.api.network.Linear;
import dev.diptych.api.network.Module;
import dev.diptych.api.network.Named;
import dev.diptych.api.network.Size;
import dev.diptych.api.network.Symbol;

import org.jspecify.annotations.Nullable;

/// A picture's pixels look at the text and at each other in one attention: the text's keys and values stand before the pixels'.
/// Nichol et al., arXiv:2112.10741 (GLIDE), section 3; Ramesh et al., arXiv:2204.06125 (unCLIP).
final class TextAndPictureAttention extends Module implements Layer {
    private final GroupNorm groupNorm;
    private final @Nullable TextNorm normCross;
    private final Linear toQ;
    private final @Nullable Linear toK;
    private final @Nullable Linear toV;
    private final Linear addKProj;
    private final Linear addVProj;

    @Named("to_out.0")
    private final Linear toOut;

    private final transient Heads heads;

    /// What the attentions of a block have in common.
    ///
    /// @param headDim       channels of a head
    /// @param textNorm      `layer_norm`, `group_norm` or null
    /// @param looksAtText   at nothing but the text
    record Settings(int textWidth, int headDim, int groups, @Nullable String textNorm, boolean looksAtText) {}

    TextAndPictureAttention(int channels, Settings settings) {
        heads = new Heads(channels / settings.headDim());
        int inner = heads.count() * settings.headDim();
        groupNorm = new GroupNorm(settings.groups(), channels);
        normCross = TextNorm.of(settings.textNorm(), channels, settings.textWidth());
        toQ = new Linear(channels, inner);
        toK = settings.looksAtText() ? null : new Linear(channels, inner);
        toV = settings.looksAtText() ? null : new Linear(channels, inner);
        addKProj = new Linear(settings.textWidth(), inner);
        addVProj = new Linear(settings.textWidth(), inner);
        toOut = new Linear(inner, channels);
    }

    /// (batch, channels, height, width) → the same shape
    @Override
    public Symbol of(Symbol x, Conditioning conditioning) {
        var text = conditioning.requiredText();
        text = normCross == null ? text : normCross.of(text); // (batch, textTokens, textWidth)
        var pixels = Tokens.of(groupNorm.of(x)); // (batch, height · width, channels)
        var q = heads.split(toQ.of(pixels)); // (batch, heads, height · width, headDim)
        var k = heads.split(addKProj.of(text)); // (batch, heads, textTokens, headDim)
        var v = heads.split(addVProj.of(text));
        var bias = conditioning.mask() != null ? conditioning.mask() : conditioning.textMask();
        if (toK != null && toV != null) {
            k = Symbol.concatenate(2, k, heads.split(toK.of(pixels)));
            v = Symbol.concatenate(2, v, heads.split(toV.of(pixels)));
            bias = bias == null ? null : withVisiblePixels(bias, pixels.size(1));
        }
        return x.plus(Tokens.toPicture(toOut.of(heads.attend(q, k, v, bias)), x));
    }

    /// (batch, 1, 1, textTokens) → (batch, 1, 1, textTokens + pixels)
    private static Symbol withVisiblePixels(Symbol bias, Size pixels) {
        return Symbol.concatenate(3, bias, bias.function().full(0, bias.type(), bias.size(0), 1, 1, pixels));
    }
}
