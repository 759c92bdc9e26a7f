// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.clip.network;

import dev.diptych.api.model.Architecture;
import dev.diptych.api.model.Config;
import dev.diptych.api.network.Linear;
import dev.diptych.api.network.Module;
import dev.diptych.api.network.Network;

import org.pf4j.Extension;

import java.util.List;

/// `CLIPTextModelWithProjection`: the text tower and the way into the common space, as unCLIP's prior and decoder need it. Functions as of [ClipTextArchitecture];
/// `forward` gives `text_embeds` (batch, projection), too, not normalised.
@Extension
public final class ClipProjectedTextArchitecture implements Architecture {
    @Override
    public List<String> classNames() {
        return List.of("CLIPTextModelWithProjection");
    }

    @Override
    public Network describe(Config config) {
        ClipTextTower.Settings settings = ClipTextTower.Settings.of(ClipSettings.ofTower(config, "text_config"));
        return new ClipTextFunctions<Projected>(
                        clip -> clip.textModel, clip -> clip.textProjection, settings.layers().width())
                .addTo(Network.of(new Projected(settings)), "forward")
                .network();
    }

    @Override
    public List<String> ignoredTensors() {
        return List.of("*embeddings.position_ids", "vision_model.*", "visual_projection.weight", "logit_scale");
    }

    private static final class Projected extends Module {
        private final ClipTextTower textModel;
        private final Linear textProjection;

        Projected(ClipTextTower.Settings settings) {
            textModel = new ClipTextTower(settings);
            textProjection = new Linear(settings.layers().width(), settings.projection(), false);
        }
    }
}
