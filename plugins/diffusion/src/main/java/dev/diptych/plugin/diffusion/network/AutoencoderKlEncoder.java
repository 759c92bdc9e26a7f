// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.network;

import dev.diptych.api.network.Conv2d;
import dev.diptych.api.network.GroupNorm;
import dev.diptych.api.network.Module;
import dev.diptych.api.network.Symbol;

import java.util.ArrayList;
import java.util.List;

/// From a picture down to mean and logarithm of the variance of its latent.
final class AutoencoderKlEncoder extends Module {
    private final Conv2d convIn;
    private final List<DownBlock> downBlocks = new ArrayList<>();
    private final AutoencoderKlMidBlock midBlock;
    private final GroupNorm convNormOut;
    private final Conv2d convOut;

    AutoencoderKlEncoder(AutoencoderKlSettings settings) {
        List<Integer> widths = settings.widths();
        convIn = new Conv2d(settings.pictureChannels(), widths.getFirst(), 3);
        for (int i = 0; i < widths.size(); i++) {
            downBlocks.add(
                    new DownBlock(
                            settings,
                            widths.get(Math.max(0, i - 1)),
                            widths.get(i),
                            settings.downTypes().get(i).startsWith("Attn"),
                            i == widths.size() - 1));
        }
        midBlock = new AutoencoderKlMidBlock(settings);
        convNormOut = settings.norm(widths.getLast());
        convOut = new Conv2d(widths.getLast(), 2 * settings.latentChannels(), 3);
    }

    Symbol of(Symbol picture) { // (batch, pictureChannels, height, width) → (batch, 2 · latentChannels, …)
        Symbol x = convIn.of(picture);
        for (DownBlock block : downBlocks) {
            x = block.of(x);
        }
        return convOut.of(convNormOut.of(midBlock.of(x)).silu());
    }

    private static final class DownBlock extends Module {
        private final List<AutoencoderKlResnetBlock> resnets = new ArrayList<>();
        private final List<AutoencoderKlAttention> attentions = new ArrayList<>();
        private final List<Downsampler> downsamplers;

        DownBlock(AutoencoderKlSettings settings, int in, int out, boolean attends, boolean isLast) {
            for (int i = 0; i < settings.layers(); i++) {
                resnets.add(new AutoencoderKlResnetBlock(settings, i == 0 ? in : out, out));
                if (attends) {
                    attentions.add(new AutoencoderKlAttention(settings, out));
                }
            }
            downsamplers = isLast ? List.of() : List.of(new Downsampler(out));
        }

        Symbol of(Symbol x) { // (batch, in, height, width) → (batch, out, height / 2, width / 2)
            for (int i = 0; i < resnets.size(); i++) {
                x = resnets.get(i).of(x);
                x = attentions.isEmpty() ? x : attentions.get(i).of(x);
            }
            for (Downsampler downsampler : downsamplers) {
                x = downsampler.of(x);
            }
            return x;
        }
    }

    /// Halves the picture; the border of zeros is at its right and bottom only.
    private static final class Downsampler extends Module {
        private final Conv2d conv;

        Downsampler(int channels) {
            conv = new Conv2d(channels, channels, 3, 2, 0);
        }

        Symbol of(Symbol x) {
            return conv.of(x.pad(0, 0, 1, 0, 1));
        }
    }
}
