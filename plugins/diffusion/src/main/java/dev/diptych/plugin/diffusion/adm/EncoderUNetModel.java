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

import org.pf4j.Extension;

import java.util.List;

/// guided-diffusion's `EncoderUNetModel`, which classifies noisy pictures. `forward` takes `x` (batch, channels, height, width) and `timesteps` (batch), and gives `logits` (batch, classes); given
/// `y` (batch), too, it also gives `log_prob` (batch), the logarithm of that class's probability, whose gradient guides.
@Extension
public final class EncoderUNetModel implements Architecture {
    @Override
    public List<String> classNames() {
        return List.of("EncoderUNetModel");
    }

    @Override
    public Network describe(Config config) {
        AdmSettings settings = AdmSettings.of(config, 1);
        Classifier classifier = new Classifier(config, settings);
        return Network.of(classifier)
                .function("forward", (network, f) -> f.output("logits", network.logits(f, settings)))
                .function("forward", (network, f) -> judge(network.logits(f, settings), f))
                .network();
    }

    private static void judge(Symbol logits, FunctionScope f) {
        Symbol classes = f.input("y", SymbolType.INT64, f.batch());
        f.output("logits", logits);
        f.output("log_prob", logits.logSoftmax(-1).gather(1, classes.unsqueeze(1)).squeeze(1));
    }

    private static final class Classifier extends Module {
        @Named("")
        private final AdmEncoder encoder;

        private final AdmPool out;
        private final transient int pooledSide;

        Classifier(Config config, AdmSettings settings) {
            encoder = new AdmEncoder(settings);
            pooledSide = config.integer("image_size") / settings.multiple();
            out = AdmPool.of(config, settings, encoder.widths(), pooledSide);
        }

        Symbol logits(FunctionScope f, AdmSettings settings) {
            int side = pooledSide * settings.multiple();
            Symbol x =
                    out.takesAnySize()
                            ? UNetModel.picture(f, "x", settings.in(), settings)
                            : f.input("x", f.batch(), settings.in(), side, side);
            Symbol embedding = encoder.embedding(f.input("timesteps", SymbolType.FLOAT32, f.batch()));
            return out.of(encoder.of(x, new AdmLayer.Conditioning(embedding, null, null)));
        }
    }
}
