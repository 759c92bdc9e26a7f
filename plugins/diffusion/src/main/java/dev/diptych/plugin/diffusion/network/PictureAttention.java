// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.network;

import dev.diptych.api.network.GroupNorm;
import dev.diptych.api.network.Linear;
import dev.diptych.api.network.Module;
import dev.diptych.api.network.Named;
import dev.diptych.api.network.Symbol;

import org.jspecify.annotations.Nullable;

/// A picture's pixels look at each other. Ho et al., arXiv:2006.11239, appendix B; Dhariwal and Nichol, arXiv:2105.05233, section 3, with several heads.
final class PictureAttention extends Module implements Layer {
    private final @Nullable GroupNorm groupNorm;
    private final Linear toQ;
    private final Linear toK;
    private final Linear toV;

    @Named("to_out.0")
    private final Linear toOut;

    private final transient Heads heads;
    private final transient double outputScale;

    /// @param headDim     channels of a head
    /// @param groups      of the norm; null for none
    /// @param outputScale by which the sum is divided
    PictureAttention(int channels, int headDim, @Nullable Integer groups, double epsilon, double outputScale) {
        heads = new Heads(channels / headDim);
        int inner = heads.count() * headDim;
        groupNorm = groups == null ? null : new GroupNorm(groups, channels, epsilon);
        toQ = new Linear(channels, inner);
        toK = new Linear(channels, inner);
        toV = new Linear(channels, inner);
        toOut = new Linear(inner, channels);
        this.outputScale = outputScale;
    }

    /// (batch, channels, height, width) → the same shape
    @Override
    public Symbol of(Symbol x, Conditioning conditioning) {
        var tokens = Tokens.of(groupNorm == null ? x : groupNorm.of(x)); // (batch, height · width, channels)
        var q = heads.split(toQ.of(tokens)); // (batch, heads, height · width, headDim)
        var k = heads.split(toK.of(tokens));
        var v = heads.split(toV.of(tokens));
        var seen = toOut.of(heads.attend(q, k, v, null));
        var sum = x.plus(Tokens.toPicture(seen, x));
        return outputScale == 1 ? sum : sum.dividedBy(outputScale);
    }
}
