// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.network;

import dev.diptych.api.network.Conv2d;
import dev.diptych.api.network.GroupNorm;
import dev.diptych.api.network.Module;
import dev.diptych.api.network.Symbol;

import java.util.ArrayList;
import java.util.List;

/// From a latent up to its picture.
final class AutoencoderKlDecoder extends Module {
    private final Conv2d convIn;
    private final AutoencoderKlMidBlock midBlock;
    private final List<UpBlock> upBlocks = new ArrayList<>();
    private final GroupNorm convNormOut;
    private final Conv2d convOut;

    AutoencoderKlDecoder(AutoencoderKlSettings settings) {
        List<Integer> widths = settings.widths().reversed();
        convIn = new Conv2d(settings.latentChannels(), widths.getFirst(), 3);
        midBlock = new AutoencoderKlMidBlock(settings);
        for (int i = 0; i < widths.size(); i++) {
            upBlocks.add(
                    new UpBlock(
                            settings,
                            widths.get(Math.max(0, i - 1)),
                            widths.get(i),
                            settings.upTypes().get(i).startsWith("Attn"),
                            i == widths.size() - 1));
        }
        convNormOut = settings.norm(widths.getLast());
        convOut = new Conv2d(widths.getLast(), settings.outputChannels(), 3);
    }

    Symbol of(Symbol latent) { // (batch, latentChannels, height, width) → (batch, outputChannels, …)
        Symbol x = midBlock.of(convIn.of(latent));
        for (UpBlock block : upBlocks) {
            x = block.of(x);
        }
        return convOut.of(convNormOut.of(x).silu());
    }

    private static final class UpBlock extends Module {
        private final List<AutoencoderKlResnetBlock> resnets = new ArrayList<>();
        private final List<AutoencoderKlAttention> attentions = new ArrayList<>();
        private final List<Upsampler> upsamplers;

        UpBlock(AutoencoderKlSettings settings, int in, int out, boolean attends, boolean isLast) {
            for (int i = 0; i <= settings.layers(); i++) {
                resnets.add(new AutoencoderKlResnetBlock(settings, i == 0 ? in : out, out));
                if (attends) {
                    attentions.add(new AutoencoderKlAttention(settings, out));
                }
            }
            upsamplers = isLast ? List.of() : List.of(new Upsampler(out));
        }

        Symbol of(Symbol x) { // (batch, in, height, width) → (batch, out, 2 · height, 2 · width)
            for (int i = 0; i < resnets.size(); i++) {
                x = resnets.get(i).of(x);
                x = attentions.isEmpty() ? x : attentions.get(i).of(x);
            }
            for (Upsampler upsampler : upsamplers) {
                x = upsampler.of(x);
            }
            return x;
        }
    }

    private static final class Upsampler extends Module {
        private final Conv2d conv;

        Upsampler(int channels) {
            conv = new Conv2d(channels, channels, 3);
        }

        Symbol of(Symbol x) {
            return conv.of(x.upsampleNearest(2));
        }
    }
}
