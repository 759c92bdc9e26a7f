// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.network;

import dev.diptych.api.network.Conv2d;
import dev.diptych.api.network.Module;
import dev.diptych.api.network.Symbol;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;

/// Residual blocks, with attention or without, and the sample itself, made smaller beside them and joined at each resolution. Song et al.,
/// arXiv:2011.13456, section 4.2 (NCSN++, "input skip").
final class SkipDownBlock extends Module implements DownBlock {
    static final double OUTPUT_SCALE = Math.sqrt(2);
    static final int ATTENTION_GROUPS = 32;
    static final int PICTURE_CHANNELS = 3;

    private final List<ResnetBlock> resnets;
    private final List<PictureAttention> attentions;
    private final @Nullable ResnetBlock resnetDown;
    private final @Nullable Conv2d skipConv;

    SkipDownBlock(Level level, int in, boolean halves, ResnetBlock.Settings network) {
        int out = level.channels();
        var settings = network.withGroups(null).withOutputScale(OUTPUT_SCALE);
        resnets =
                IntStream.range(0, level.layers())
                        .mapToObj(i -> new ResnetBlock(i == 0 ? in : out, out, settings))
                        .toList();
        attentions =
                IntStream.range(0, level.type() == BlockType.ATTENTION_SKIP ? level.layers() : 0)
                        .mapToObj(_ -> attention(level, settings))
                        .toList();
        resnetDown = halves ? new ResnetBlock(out, out, settings, Resampling.FILTERED_HALVING, true) : null;
        skipConv = halves ? new Conv2d(PICTURE_CHANNELS, out, 1) : null;
    }

    static PictureAttention attention(Level level, ResnetBlock.Settings settings) {
        return new PictureAttention(
                level.channels(), level.headDim(), ATTENTION_GROUPS, settings.epsilon(), OUTPUT_SCALE);
    }

    @Override
    public Symbol of(Symbol x, Conditioning conditioning, Skips skips) {
        for (int i = 0; i < resnets.size(); i++) {
            x = resnets.get(i).of(x, conditioning);
            x = attentions.isEmpty() ? x : attentions.get(i).of(x, conditioning);
            skips.push(x);
        }
        if (resnetDown != null && skipConv != null) {
            var picture = BinomialFilter.ZEROS.halved(Objects.requireNonNull(skips.beside()));
            skips.setBeside(picture);
            x = skipConv.of(picture).plus(resnetDown.of(x, conditioning));
            skips.push(x);
        }
        return x;
    }
}
