// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.unclip.network;

import dev.diptych.api.model.Architecture;
import dev.diptych.api.model.Config;
import dev.diptych.api.network.FunctionScope;
import dev.diptych.api.network.Module;
import dev.diptych.api.network.Network;
import dev.diptych.api.network.Symbol;
import dev.diptych.api.network.SymbolType;
import dev.diptych.plugin.diffusion.adm.AdmSettings;
import dev.diptych.plugin.diffusion.adm.AdmUNet;

import org.pf4j.Extension;

import java.util.List;

/// Karlo's upsampler as its authors published it (`ImprovedSupRes64to256ProgressiveModel`): one U-Net for all steps but the last, and one for that.
///
/// `first_steps` and `last_step` take `x` and `low_res` (batch, 3, height, width), the latter enlarged already, and `timesteps` (batch), and each gives an output of its own name; `forward` gives
/// both.
@Extension
public final class KarloSuperResolution implements Architecture {
    private static final String FIRST = "first_steps";
    private static final String LAST = "last_step";

    @Override
    public List<String> classNames() {
        return List.of("ImprovedSupRes64to256ProgressiveModel");
    }

    @Override
    public Network describe(Config config) {
        Config model = KarloSettings.model(config).ignore("dropout");
        AdmSettings settings =
                new AdmSettings(
                        6,
                        3,
                        model.integer("channels"),
                        model.numbers("channels_multiple"),
                        model.integer("depth"),
                        List.of(),
                        1,
                        1,
                        -1,
                        false,
                        false,
                        true,
                        true,
                        false,
                        null,
                        AdmSettings.GROUPS);
        settings.check(model, "channels", "channels");
        return Network.of(new Upsampler(settings))
                .function("forward", (upsampler, f) -> upsampler.predict(f, settings.multiple(), FIRST, LAST))
                .function(FIRST, (upsampler, f) -> upsampler.predict(f, settings.multiple(), FIRST))
                .function(LAST, (upsampler, f) -> upsampler.predict(f, settings.multiple(), LAST))
                .network();
    }

    private static final class Upsampler extends Module {
        private final AdmUNet modelFirstSteps;
        private final AdmUNet modelLastStep;

        Upsampler(AdmSettings settings) {
            modelFirstSteps = new AdmUNet(settings);
            modelLastStep = new AdmUNet(settings);
        }

        void predict(FunctionScope f, int multiple, String... outputs) {
            Symbol x = f.input("x", f.batch(), 3, f.size("height", multiple), f.size("width", multiple));
            Symbol small = f.input("low_res", f.batch(), 3, f.size("height", multiple), f.size("width", multiple));
            Symbol timesteps = f.input("timesteps", SymbolType.INT64, f.batch());
            Symbol both = Symbol.concatenate(1, x, small);
            for (String output : outputs) {
                AdmUNet unet = output.equals(FIRST) ? modelFirstSteps : modelLastStep;
                f.output(output, unet.of(both, unet.embedding(timesteps)));
            }
        }
    }
}
