// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.network;

import dev.diptych.api.network.Module;
import dev.diptych.api.network.Symbol;

import java.util.List;
import java.util.stream.IntStream;

/// Residual blocks whose norms are told the time, with attention to the text or without; to the half through a filter. The latent upscaler of Stable
/// Diffusion has them, after k-diffusion.
final class AdaptiveDownBlock extends Module implements DownBlock {
    private final List<AdaptiveResnetBlock> resnets;
    private final List<AdaptiveAttention> attentions;
    private final transient boolean halves;

    AdaptiveDownBlock(Level level, int in, boolean halves, ResnetBlock.Settings settings) {
        int out = level.channels();
        int groupsOut = out / AdaptiveGroupNorm.GROUP_SIZE;
        boolean hasAttention = level.type() == BlockType.ADAPTIVE_TEXT;
        resnets =
                IntStream.range(0, level.layers())
                        .mapToObj(i -> new AdaptiveResnetBlock(i == 0 ? in : out, out, out, groupsOut, settings))
                        .toList();
        attentions =
                IntStream.range(0, hasAttention ? level.layers() : 0)
                        .mapToObj(_ ->
                                new AdaptiveAttention(
                                        out, level.headDim(), level.textWidth(), settings.embeddingWidth(), !halves))
                        .toList();
        this.halves = halves;
    }

    @Override
    public Symbol of(Symbol x, Conditioning conditioning, Skips skips) {
        for (int i = 0; i < resnets.size(); i++) {
            x = resnets.get(i).of(x, conditioning);
            if (!attentions.isEmpty()) {
                x = attentions.get(i).of(x, conditioning);
            }
            skips.push(attentions.isEmpty() || halves ? x : null); // the lowest one with attention leaves nothing
        }
        return halves ? BinomialFilter.MIRRORED.halved(x) : x;
    }
}
