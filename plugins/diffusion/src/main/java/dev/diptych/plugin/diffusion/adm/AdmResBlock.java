// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.adm;

import dev.diptych.api.network.Conv2d;
import dev.diptych.api.network.GroupNorm;
import dev.diptych.api.network.Linear;
import dev.diptych.api.network.Module;
import dev.diptych.api.network.Named;
import dev.diptych.api.network.Symbol;

import org.jspecify.annotations.Nullable;

/// Residual block that is told the time, and may halve or double the picture. Dhariwal and Nichol, arXiv:2105.05233, section 3.1.
final class AdmResBlock extends Module implements AdmLayer {
    @Named("in_layers.0")
    private final GroupNorm norm1;

    @Named("in_layers.2")
    private final Conv2d conv1;

    @Named("emb_layers.1")
    private final Linear embedding;

    @Named("out_layers.0")
    private final GroupNorm norm2;

    @Named("out_layers.3")
    private final Conv2d conv2;

    private final @Nullable Conv2d skipConnection;
    private final transient boolean scalesAndShifts;
    private final transient Resampling resampling;

    AdmResBlock(AdmSettings settings, int in, int out, Resampling resampling) {
        norm1 = new GroupNorm(settings.groups(), in);
        conv1 = new Conv2d(in, out, 3);
        embedding = new Linear(settings.embeddingWidth(), settings.scalesAndShifts() ? 2 * out : out);
        norm2 = new GroupNorm(settings.groups(), out);
        conv2 = new Conv2d(out, out, 3);
        skipConnection = in == out ? null : new Conv2d(in, out, 1);
        scalesAndShifts = settings.scalesAndShifts();
        this.resampling = resampling;
    }

    @Override
    public Symbol of(Symbol x, Conditioning conditioning) { // (batch, in, height, width)
        Symbol h = conv1.of(resampling.of(norm1.of(x).silu())); // (batch, out, …)
        Symbol time = embedding.of(conditioning.embedding().silu()).spatial();
        if (scalesAndShifts) {
            Symbol[] scaleShift = time.chunk(2, 1);
            h = norm2.of(h).times(scaleShift[0].plus(1)).plus(scaleShift[1]);
        } else {
            h = norm2.of(h.plus(time));
        }
        x = resampling.of(x);
        return (skipConnection == null ? x : skipConnection.of(x)).plus(conv2.of(h.silu()));
    }

    /// What happens to the size of the picture.
    enum Resampling {
        NONE,
        HALVED,
        DOUBLED;

        Symbol of(Symbol x) {
            return switch (this) {
                case NONE -> x;
                case HALVED -> x.averagePool2d(2, 2, 0);
                case DOUBLED -> x.upsampleNearest(2);
            };
        }
    }
}
