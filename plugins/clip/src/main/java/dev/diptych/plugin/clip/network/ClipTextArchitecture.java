// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.clip.network;

import dev.diptych.api.model.Architecture;
import dev.diptych.api.model.Config;
import dev.diptych.api.network.Network;

import org.pf4j.Extension;

import java.util.List;

/// `CLIPTextModel`: the text tower of Stable Diffusion.
///
/// `forward` takes `input_ids` (batch, tokens), with or without `attention_mask`, and gives `last_hidden_state`, `penultimate_hidden_state` (batch, tokens, width) and
/// `pooler_output` (batch, width). `hidden_states` takes the same and gives `hidden_states.0`, …: what enters the first layer and leaves each, without the
/// final norm, which `final_layer_norm` applies to one of them ("clip skip").
///
/// Its tensors are named as transformers 5 writes them, or with `text_model.` in front as before. The file of a whole CLIP will do.
@Extension
public final class ClipTextArchitecture implements Architecture {
    private static final String PREFIX = "text_model.";

    @Override
    public List<String> classNames() {
        return List.of("CLIPTextModel");
    }

    @Override
    public Network describe(Config config) {
        ClipTextTower.Settings settings = ClipTextTower.Settings.of(ClipSettings.ofTower(config, "text_config"));
        return new ClipTextFunctions<ClipTextTower>(tower -> tower, null, settings.layers().width())
                .addTo(Network.of(new ClipTextTower(settings)), "forward")
                .network();
    }

    @Override
    public List<String> ignoredTensors() {
        return List.of(
                "*embeddings.position_ids",
                "vision_model.*",
                "visual_projection.weight",
                "text_projection.weight",
                "logit_scale");
    }

    @Override
    public String parameterName(String stored) {
        return stored.startsWith(PREFIX) ? stored.substring(PREFIX.length()) : stored;
    }
}
