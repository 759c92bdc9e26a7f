// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.adm;

import dev.diptych.api.model.Architecture;
import dev.diptych.api.model.Config;
import dev.diptych.api.network.FunctionScope;
import dev.diptych.api.network.Module;
import dev.diptych.api.network.Named;
import dev.diptych.api.network.Network;
import dev.diptych.api.network.Symbol;
import dev.diptych.api.network.SymbolType;

import org.jspecify.annotations.Nullable;
import org.pf4j.Extension;

import java.util.List;

/// guided-diffusion's `SuperResModel`: a [UNetModel] that sees a small picture, enlarged to the size of what it makes. `forward` takes `low_res` (batch, channels, lowHeight, lowWidth) besides.
///
/// With `aug_schedule` among its settings it is told how much noise lies on the small picture, as DeepFloyd IF's descendant of this class is: `forward` takes `aug_steps` (batch), a timestep of that
/// schedule, which two more layers, `aug_proj`, add to the embedding of the time. Ho et al., arXiv:2106.15282, section 4.2.
@Extension
public final class SuperResModel implements Architecture {
    @Override
    public List<String> classNames() {
        return List.of("SuperResModel");
    }

    @Override
    public Network describe(Config config) {
        config.ignore(
                "image_size",
                "small_size",
                "learn_sigma",
                "noise_schedule",
                "diffusion_steps",
                "predict_xstart",
                "rescale_timesteps",
                "aug_schedule");
        AdmSettings settings = AdmSettings.of(config, 2);
        return Network.of(new Upsampling(config, settings))
                .function("forward", (upsampling, f) -> upsampling.predict(f, settings))
                .network();
    }

    private static final class Upsampling extends Module {
        @Named("")
        private final UNetModel.Classed unet;

        private final @Nullable AdmTimeEmbedding augProj;

        Upsampling(Config config, AdmSettings settings) {
            unet = new UNetModel.Classed(config, settings);
            augProj =
                    config.has("aug_schedule")
                            ? new AdmTimeEmbedding(settings.channels(), settings.embeddingWidth())
                            : null;
        }

        void predict(FunctionScope f, AdmSettings settings) {
            int channels = settings.in() / 2;
            Symbol x = UNetModel.picture(f, "x", channels, settings);
            Symbol small = f.input("low_res", f.batch(), channels, f.size("lowHeight"), f.size("lowWidth"));
            Symbol both = Symbol.concatenate(1, x, small.resizeBilinear(x.size(2), x.size(3), false, false));
            unet.predict(
                    f, both, augProj == null ? null : augProj.of(f.input("aug_steps", SymbolType.FLOAT32, f.batch())));
        }
    }
}
