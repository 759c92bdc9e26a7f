// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.network;

import dev.diptych.api.network.Module;
import dev.diptych.api.network.Symbol;

import java.util.List;
import java.util.stream.IntStream;

/// The counterpart of [AdaptiveDownBlock]: it is given one picture of the way down, at its beginning, and ends with the channels that the next one begins with.
final class AdaptiveUpBlock extends Module implements UpBlock {
    private final List<AdaptiveResnetBlock> resnets;
    private final List<AdaptiveAttention> attentions;
    private final transient boolean doubles;

    /// @param next channels of the level that follows
    AdaptiveUpBlock(Level level, int next, boolean doubles, ResnetBlock.Settings settings) {
        int width = level.channels();
        int count = level.layers() - 1;
        int groupsOut = width / AdaptiveGroupNorm.GROUP_SIZE;
        boolean hasAttention = level.type() == BlockType.ADAPTIVE_TEXT;
        boolean isFirst = hasAttention && next == width && width == settings.embeddingWidth();
        int in = isFirst ? width : 2 * width;
        resnets =
                IntStream.range(0, count)
                        .mapToObj(i -> {
                            int out = i == count - 1 ? next : width;
                            int inner = hasAttention ? width : out;
                            return new AdaptiveResnetBlock(i == 0 ? in : width, inner, out, groupsOut, settings);
                        })
                        .toList();
        attentions =
                IntStream.range(0, hasAttention ? count : 0)
                        .mapToObj(i ->
                                new AdaptiveAttention(
                                        i == count - 1 ? next : width,
                                        level.headDim(),
                                        level.textWidth(),
                                        settings.embeddingWidth(),
                                        isFirst))
                        .toList();
        this.doubles = doubles;
    }

    @Override
    public Symbol of(Symbol x, Conditioning conditioning, Skips skips) {
        x = PlainUpBlock.joined(x, skips.pop());
        for (int i = 0; i < resnets.size(); i++) {
            if (i > 0) {
                skips.pop(); // left by the way down, and not looked at
            }
            x = resnets.get(i).of(x, conditioning);
            x = attentions.isEmpty() ? x : attentions.get(i).of(x, conditioning);
        }
        return doubles ? BinomialFilter.MIRRORED.doubled(x) : x;
    }
}
