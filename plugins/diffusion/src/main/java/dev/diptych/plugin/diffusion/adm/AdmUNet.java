// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.adm;

import dev.diptych.api.network.Conv2d;
import dev.diptych.api.network.GroupNorm;
import dev.diptych.api.network.Module;
import dev.diptych.api.network.Named;
import dev.diptych.api.network.Symbol;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;

/// The U-Net: what leaves each block on the way down enters one on the way up, beside what comes from there.
public final class AdmUNet extends Module {
    @Named("")
    private final AdmEncoder encoder;

    private final List<List<AdmLayer>> outputBlocks = new ArrayList<>();

    @Named("out.0")
    private final GroupNorm normOut;

    @Named("out.2")
    private final Conv2d convOut;

    public AdmUNet(AdmSettings settings) {
        encoder = new AdmEncoder(settings);
        List<Integer> skips = new ArrayList<>(encoder.widths());
        int last = skips.getLast();
        for (int level = settings.multipliers().size() - 1; level >= 0; level--) {
            int width = settings.width(level);
            for (int i = 0; i <= settings.blocks(); i++) {
                List<AdmLayer> layers = new ArrayList<>();
                layers.add(new AdmResBlock(settings, last + skips.removeLast(), width, AdmResBlock.Resampling.NONE));
                last = width;
                if (settings.attentionFactors().contains(1 << level)) {
                    layers.add(new AdmAttention(settings, width, settings.headsUp()));
                }
                if (level > 0 && i == settings.blocks()) {
                    layers.add(
                            settings.resamplesInBlocks()
                                    ? new AdmResBlock(settings, width, width, AdmResBlock.Resampling.DOUBLED)
                                    : AdmResample.doubled(width, settings.resamplesByConvolution()));
                }
                outputBlocks.add(layers);
            }
        }
        normOut = new GroupNorm(settings.groups(), last);
        convOut = new Conv2d(settings.width(0), settings.out(), 3);
    }

    /// @param timesteps (batch), fractions allowed
    /// @return (batch, embeddingWidth), to which a condition may be added
    public Symbol embedding(Symbol timesteps) {
        return encoder.embedding(timesteps);
    }

    /// @param x         (batch, in, height, width)
    /// @param embedding (batch, embeddingWidth)
    /// @return (batch, out, height, width)
    public Symbol of(Symbol x, Symbol embedding) {
        return of(x, embedding, null, null);
    }

    /// @param x         (batch, in, height, width)
    /// @param embedding (batch, embeddingWidth)
    /// @param context   tokens that attention sees, (batch, contextWidth, tokens)
    /// @param visible   int64 (batch, tokens), 0 where nobody looks; null for none
    /// @return (batch, out, height, width)
    public Symbol of(Symbol x, Symbol embedding, @Nullable Symbol context, @Nullable Symbol visible) {
        AdmLayer.Conditioning conditioning = new AdmLayer.Conditioning(embedding, context, visible);
        List<Symbol> states = new ArrayList<>(encoder.of(x, conditioning));
        Symbol h = states.removeLast();
        for (List<AdmLayer> block : outputBlocks) {
            h = AdmLayer.all(block, Symbol.concatenate(1, h, states.removeLast()), conditioning);
        }
        return convOut.of(normOut.of(h).silu());
    }
}
