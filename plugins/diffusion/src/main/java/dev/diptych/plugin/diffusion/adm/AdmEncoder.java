// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.adm;

import dev.diptych.api.network.Module;
import dev.diptych.api.network.Symbol;

import java.util.ArrayList;
import java.util.List;

/// The way down and the middle.
final class AdmEncoder extends Module {
    private final AdmTimeEmbedding timeEmbed;
    private final List<List<AdmLayer>> inputBlocks = new ArrayList<>();
    private final List<AdmLayer> middleBlock = new ArrayList<>();
    private final transient List<Integer> widths = new ArrayList<>();

    AdmEncoder(AdmSettings settings) {
        timeEmbed = new AdmTimeEmbedding(settings.channels(), settings.embeddingWidth());
        add(List.of(new AdmConvolution(settings.in(), settings.width(0))), settings.width(0));
        int levels = settings.multipliers().size();
        for (int level = 0; level < levels; level++) {
            int width = settings.width(level);
            for (int i = 0; i < settings.blocks(); i++) {
                List<AdmLayer> layers = new ArrayList<>();
                layers.add(new AdmResBlock(settings, widths.getLast(), width, AdmResBlock.Resampling.NONE));
                if (settings.attentionFactors().contains(1 << level)) {
                    layers.add(new AdmAttention(settings, width, settings.heads()));
                }
                add(layers, width);
            }
            if (level < levels - 1) {
                int last = widths.getLast();
                add(
                        List.of(
                                settings.resamplesInBlocks()
                                        ? new AdmResBlock(settings, last, last, AdmResBlock.Resampling.HALVED)
                                        : AdmResample.halved(last, settings.resamplesByConvolution())),
                        last);
            }
        }
        int width = widths.getLast();
        middleBlock.add(new AdmResBlock(settings, width, width, AdmResBlock.Resampling.NONE));
        if (settings.hasMiddleAttention()) {
            middleBlock.add(new AdmAttention(settings, width, settings.heads()));
        }
        middleBlock.add(new AdmResBlock(settings, width, width, AdmResBlock.Resampling.NONE));
    }

    private void add(List<AdmLayer> block, int width) {
        inputBlocks.add(block);
        widths.add(width);
    }

    /// Channels of what leaves each block on the way down.
    List<Integer> widths() {
        return List.copyOf(widths);
    }

    Symbol embedding(Symbol timesteps) { // (batch) → (batch, embeddingWidth)
        return timeEmbed.of(timesteps);
    }

    /// @return what leaves each block on the way down, and the middle
    List<Symbol> of(Symbol x, AdmLayer.Conditioning conditioning) { // (batch, in, height, width)
        List<Symbol> states = new ArrayList<>();
        for (List<AdmLayer> block : inputBlocks) {
            x = AdmLayer.all(block, x, conditioning);
            states.add(x);
        }
        states.add(AdmLayer.all(middleBlock, x, conditioning));
        return states;
    }
}
