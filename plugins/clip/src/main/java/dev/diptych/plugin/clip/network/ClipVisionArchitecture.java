// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.clip.network;

import dev.diptych.api.model.Architecture;
import dev.diptych.api.model.Config;
import dev.diptych.api.network.Network;

import org.pf4j.Extension;

import java.util.List;

/// `CLIPVisionModel`: the vision tower.
///
/// `forward` takes `pixel_values` (batch, channels, side, side) and gives `last_hidden_state`, `penultimate_hidden_state` (batch, 1 + patches, width; no norm has been
/// applied) and `pooler_output` (batch, width). `hidden_states` takes the same and gives `hidden_states.0`, …: what enters the first layer and leaves each.
///
/// Its tensors are named as transformers 5 writes them, or with `vision_model.` in front as before. The file of a whole CLIP will do.
@Extension
public final class ClipVisionArchitecture implements Architecture {
    private static final String PREFIX = "vision_model.";

    @Override
    public List<String> classNames() {
        return List.of("CLIPVisionModel");
    }

    @Override
    public Network describe(Config config) {
        ClipVisionTower.Settings settings = ClipVisionTower.Settings.of(ClipSettings.ofTower(config, "vision_config"));
        return new ClipVisionFunctions<ClipVisionTower>(tower -> tower, null, settings)
                .addTo(Network.of(new ClipVisionTower(settings)), "forward", "hidden_states")
                .network();
    }

    @Override
    public List<String> ignoredTensors() {
        return List.of(
                "*embeddings.position_ids",
                "text_model.*",
                "text_projection.weight",
                "visual_projection.weight",
                "logit_scale");
    }

    @Override
    public String parameterName(String stored) {
        return stored.startsWith(PREFIX) ? stored.substring(PREFIX.length()) : stored;
    }
}
