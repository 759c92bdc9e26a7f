// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.adm;

import dev.diptych.api.model.Architecture;
import dev.diptych.api.model.Config;
import dev.diptych.api.network.Embedding;
import dev.diptych.api.network.FunctionScope;
import dev.diptych.api.network.Module;
import dev.diptych.api.network.Named;
import dev.diptych.api.network.Network;
import dev.diptych.api.network.Size;
import dev.diptych.api.network.Symbol;
import dev.diptych.api.network.SymbolType;

import org.jspecify.annotations.Nullable;
import org.pf4j.Extension;

import java.util.List;

/// guided-diffusion's `UNetModel`. `forward` takes `x` (batch, channels, height, width), `timesteps` (batch) and, if there are classes, `y` (batch), and gives `out`.
@Extension
public final class UNetModel implements Architecture {
    @Override
    public List<String> classNames() {
        return List.of("UNetModel");
    }

    @Override
    public Network describe(Config config) {
        config.ignore(
                "image_size",
                "learn_sigma",
                "noise_schedule",
                "diffusion_steps",
                "predict_xstart",
                "rescale_timesteps");
        AdmSettings settings = AdmSettings.of(config, 1);
        return Network.of(new Classed(config, settings))
                .function("forward", (unet, f) -> unet.predict(f, picture(f, "x", settings.in(), settings)))
                .network();
    }

    static Symbol picture(FunctionScope f, String name, int channels, AdmSettings settings) {
        Size height = f.size("height", settings.multiple());
        Size width = f.size("width", settings.multiple());
        return f.input(name, f.batch(), channels, height, width);
    }

    /// With a row of a table for each class, added to the embedding of the time.
    static final class Classed extends Module {
        @Named("")
        private final AdmUNet unet;

        private final @Nullable Embedding labelEmb;

        Classed(Config config, AdmSettings settings) {
            unet = new AdmUNet(settings);
            labelEmb =
                    config.has("num_classes")
                            ? new Embedding(config.integer("num_classes"), settings.embeddingWidth())
                            : null;
        }

        void predict(FunctionScope f, Symbol x) {
            predict(f, x, null);
        }

        /// @param told joins the embedding of the time, (batch, embeddingWidth); null for nothing
        void predict(FunctionScope f, Symbol x, @Nullable Symbol told) {
            Symbol embedding = unet.embedding(f.input("timesteps", SymbolType.FLOAT32, f.batch()));
            if (told != null) {
                embedding = embedding.plus(told);
            }
            if (labelEmb != null) {
                embedding = embedding.plus(labelEmb.of(f.input("y", SymbolType.INT64, f.batch())));
            }
            f.output("out", unet.of(x, embedding));
        }
    }
}
