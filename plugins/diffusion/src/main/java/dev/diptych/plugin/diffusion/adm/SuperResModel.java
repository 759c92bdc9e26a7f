// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.adm;

import dev.diptych.api.model.Architecture;
import dev.diptych.api.model.Config;
import dev.diptych.api.network.FunctionScope;
import dev.diptych.api.network.Network;
import dev.diptych.api.network.Symbol;

import org.pf4j.Extension;

import java.util.List;

/// guided-diffusion's `SuperResModel`: a [UNetModel] that sees a small picture, enlarged to the size of what it makes. `forward` takes `low_res` (batch, channels, lowHeight, lowWidth) besides.
@Extension
public final class SuperResModel implements Architecture {
    @Override
    public List<String> classNames() {
        return List.of("SuperResModel");
    }

    @Override
    public Network describe(Config config) {
        config.ignore("image_size");
        AdmSettings settings = AdmSettings.of(config, 2);
        return Network.of(new UNetModel.Classed(config, settings))
                .function("forward", (unet, f) -> unet.predict(f, both(f, settings)))
                .network();
    }

    private static Symbol both(FunctionScope f, AdmSettings settings) {
        int channels = settings.in() / 2;
        Symbol x = UNetModel.picture(f, "x", channels, settings);
        Symbol small = f.input("low_res", f.batch(), channels, f.size("lowHeight"), f.size("lowWidth"));
        return Symbol.concatenate(1, x, small.resizeBilinear(x.size(2), x.size(3), false, false));
    }
}
