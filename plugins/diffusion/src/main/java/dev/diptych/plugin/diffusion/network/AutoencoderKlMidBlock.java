// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.network;

import dev.diptych.api.network.Module;
import dev.diptych.api.network.Symbol;

import java.util.List;

/// What happens at the lowest resolution: residual block, attention if it is wanted, residual block.
final class AutoencoderKlMidBlock extends Module {
    private final List<AutoencoderKlAttention> attentions;
    private final List<AutoencoderKlResnetBlock> resnets;

    AutoencoderKlMidBlock(AutoencoderKlSettings settings) {
        int width = settings.widths().getLast();
        attentions = settings.hasMidAttention() ? List.of(new AutoencoderKlAttention(settings, width)) : List.of();
        resnets =
                List.of(
                        new AutoencoderKlResnetBlock(settings, width, width),
                        new AutoencoderKlResnetBlock(settings, width, width));
    }

    Symbol of(Symbol x) { // (batch, width, height, width)
        x = resnets.getFirst().of(x);
        for (AutoencoderKlAttention attention : attentions) {
            x = attention.of(x);
        }
        return resnets.getLast().of(x);
    }
}
