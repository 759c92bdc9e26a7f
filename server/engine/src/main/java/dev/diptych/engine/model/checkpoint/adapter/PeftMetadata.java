// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.checkpoint.adapter;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;

import dev.diptych.api.error.NodeException;
import dev.diptych.engine.document.DocumentException;
import dev.diptych.engine.document.StrictJson;
import dev.diptych.engine.model.checkpoint.Checkpoint;

import java.util.Map;

/// What diffusers writes into an adapter's header: the entry `lora_adapter_metadata`, JSON with keys such as `unet.lora_alpha`.
final class PeftMetadata {
    private final JsonNode json;

    private PeftMetadata(JsonNode json) {
        this.json = json;
    }

    static PeftMetadata of(Checkpoint file) {
        String text = file.metadata().get("lora_adapter_metadata");
        if (text == null) {
            return new PeftMetadata(JsonNodeFactory.instance.objectNode());
        }
        try {
            return new PeftMetadata(new StrictJson().read(text));
        } catch (DocumentException e) {
            throw NodeException.user("engine/bad-adapter", "The adapter's \"lora_adapter_metadata\" is no JSON.")
                    .causedBy(e);
        }
    }

    /// The alpha for a module; the rank itself where the file does not say.
    double alpha(String component, String module, long rank) {
        for (Map.Entry<String, JsonNode> pattern : json.path(component + ".alpha_pattern").properties()) {
            boolean isModule = module.equals(pattern.getKey()) || module.endsWith("." + pattern.getKey());
            if (isModule && pattern.getValue().isNumber()) {
                return pattern.getValue().doubleValue();
            }
        }
        JsonNode alpha = json.path(component + ".lora_alpha");
        return alpha.isNumber() ? alpha.doubleValue() : rank;
    }

    /// Whether deltas are divided by the root of the rank: Kalajdzievski, arXiv:2312.03732.
    boolean isRankStabilised(String component) {
        return json.path(component + ".use_rslora").booleanValue();
    }
}
