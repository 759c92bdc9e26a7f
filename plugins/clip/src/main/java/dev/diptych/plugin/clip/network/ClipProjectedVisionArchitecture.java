// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.clip.network;

import dev.diptych.api.model.Architecture;
import dev.diptych.api.model.Config;
import dev.diptych.api.network.Linear;
import dev.diptych.api.network.Module;
import dev.diptych.api.network.Network;

import org.pf4j.Extension;

import java.util.List;

/// `CLIPVisionModelWithProjection`: the vision tower and the way into the common space: the encoder that unCLIP's decoder inverts. Functions as of
/// [ClipVisionArchitecture]; `forward` gives `image_embeds` (batch, projection), too, not normalised.
/// `similarity` is what guides pictures towards an embedding: of `pictures` (batch, channels, height, width), -1 to 1 and of any size, `mean` and `deviation` (channels) of the
/// preparation, `wanted` (batch, projection) and `weights` (batch) it gives the weights times the cosines, (batch).
@Extension
public final class ClipProjectedVisionArchitecture implements Architecture {
    @Override
    public List<String> classNames() {
        return List.of("CLIPVisionModelWithProjection");
    }

    @Override
    public Network describe(Config config) {
        ClipVisionTower.Settings settings = ClipVisionTower.Settings.of(ClipSettings.ofTower(config, "vision_config"));
        return new ClipVisionFunctions<Projected>(clip -> clip.visionModel, clip -> clip.visualProjection, settings)
                .addTo(Network.of(new Projected(settings)), "forward", "hidden_states")
                .network();
    }

    @Override
    public List<String> ignoredTensors() {
        return List.of("*embeddings.position_ids", "text_model.*", "text_projection.weight", "logit_scale");
    }

    private static final class Projected extends Module {
        private final ClipVisionTower visionModel;
        private final Linear visualProjection;

        Projected(ClipVisionTower.Settings settings) {
            visionModel = new ClipVisionTower(settings);
            visualProjection = new Linear(settings.layers().width(), settings.projection(), false);
        }
    }
}
