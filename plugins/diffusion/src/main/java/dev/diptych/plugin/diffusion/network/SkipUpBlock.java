// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.network;

import dev.diptych.api.network.Conv2d;
import dev.diptych.api.network.GroupNorm;
import dev.diptych.api.network.Module;
import dev.diptych.api.network.Symbol;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.stream.IntStream;

/// Residual blocks, then attention or not, and beside them the result, which every resolution adds to and hands on in twice the size. Song et al.,
/// arXiv:2011.13456, section 4.2 (NCSN++, "output skip").
final class SkipUpBlock extends Module implements UpBlock {
    private final List<ResnetBlock> resnets;
    private final List<PictureAttention> attentions;
    private final @Nullable ResnetBlock resnetUp;
    private final @Nullable Conv2d skipConv;
    private final @Nullable GroupNorm skipNorm;

    SkipUpBlock(Level level, int below, int lastSkip, boolean doubles, ResnetBlock.Settings network) {
        int out = level.channels();
        var settings = network.withGroups(null).withOutputScale(SkipDownBlock.OUTPUT_SCALE);
        boolean hasAttention = level.type() == BlockType.ATTENTION_SKIP;
        resnets =
                IntStream.range(0, level.layers())
                        .mapToObj(i -> {
                            int in = Blocks.joinedChannels(level, below, lastSkip, i);
                            int own = i == 0 ? below : out;
                            int groups = hasAttention ? groupsBesideAttention(own, in - own) : settings.groupsOf(in);
                            return new ResnetBlock(in, out, settings, groups, Resampling.NONE, in != out);
                        })
                        .toList();
        attentions = hasAttention ? List.of(SkipDownBlock.attention(level, settings)) : List.of();
        resnetUp = doubles ? new ResnetBlock(out, out, settings, Resampling.FILTERED_DOUBLING, true) : null;
        skipConv = doubles ? new Conv2d(out, SkipDownBlock.PICTURE_CHANNELS, 3) : null;
        skipNorm = doubles ? new GroupNorm(settings.groupsOf(out), out, settings.epsilon()) : null;
    }

    /// The reference divides only the channels of the way down by four.
    private static int groupsBesideAttention(int own, int skip) {
        return Math.min(own + skip / 4, SkipDownBlock.ATTENTION_GROUPS);
    }

    @Override
    public Symbol of(Symbol x, Conditioning conditioning, Skips skips) {
        for (var resnet : resnets) {
            x = resnet.of(PlainUpBlock.joined(x, skips.pop()), conditioning);
        }
        for (var attention : attentions) {
            x = attention.of(x, conditioning);
        }
        var result = skips.beside() == null ? null : BinomialFilter.ZEROS.doubled(skips.beside());
        if (resnetUp != null && skipConv != null && skipNorm != null) {
            var added = skipConv.of(skipNorm.of(x).silu());
            result = result == null ? added : result.plus(added);
            x = resnetUp.of(x, conditioning);
        }
        skips.setBeside(result);
        return x;
    }
}
