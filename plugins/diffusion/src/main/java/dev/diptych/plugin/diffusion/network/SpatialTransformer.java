// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.network;

import dev.diptych.api.network.GroupNorm;
import dev.diptych.api.network.Module;
import dev.diptych.api.network.Symbol;

import java.util.List;
import java.util.stream.IntStream;

/// A picture's pixels look at each other and at the text. Rombach et al., arXiv:2112.10752, section 3.3.
final class SpatialTransformer extends Module implements Layer {
    private static final double EPSILON = 1e-6;

    private final GroupNorm norm;
    private final Projection projIn;
    private final List<TransformerBlock> transformerBlocks;
    private final Projection projOut;

    /// What the transformers of a block have in common.
    ///
    /// @param headDim        of each head; their number times this is the inner width, which may differ from the channels
    /// @param isLinear       whether the projections are matrices instead of convolutions
    /// @param readsTextTwice whether the first attention, too, is to the text
    record Settings(int textWidth, Heads heads, int headDim, int groups, boolean isLinear, boolean readsTextTwice) {}

    /// @param depth how many blocks
    SpatialTransformer(int channels, int depth, Settings settings) {
        int width = settings.heads().count() * settings.headDim();
        norm = new GroupNorm(settings.groups(), channels, EPSILON);
        projIn = new Projection(channels, width, settings.isLinear());
        transformerBlocks =
                IntStream.range(0, depth)
                        .mapToObj(_ ->
                                new TransformerBlock(
                                        width,
                                        settings.textWidth(),
                                        settings.heads(),
                                        settings.headDim(),
                                        settings.readsTextTwice()))
                        .toList();
        projOut = new Projection(width, channels, settings.isLinear());
    }

    /// (batch, channels, height, width) → the same shape
    @Override
    public Symbol of(Symbol x, Conditioning conditioning) {
        var text = conditioning.requiredText();
        var tokens = projIn.toTokens(norm.of(x)); // (batch, height · width, heads · headDim)
        for (var block : transformerBlocks) {
            tokens = block.of(tokens, text, conditioning.mask(), conditioning.textMask());
        }
        return x.plus(projOut.toPicture(tokens, x));
    }
}
