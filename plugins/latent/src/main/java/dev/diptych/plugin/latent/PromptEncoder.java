// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.latent;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.model.Model;
import dev.diptych.api.model.TokenBatch;
import dev.diptych.api.model.Tokenizer;
import dev.diptych.api.value.Tensor;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// Captions as the U-Net reads them: the text encoder's last states, one for each token, without projection. Padding is seen, as the networks were trained.
final class PromptEncoder {
    private final LatentComponents components;
    private final Tokenizer tokenizer;
    private final Model encoder;

    PromptEncoder(LatentComponents components) {
        this.components = components;
        this.tokenizer = components.context().tokenizer(components.reference(), LatentComponents.TOKENIZER);
        this.encoder = components.model(LatentComponents.TEXT_ENCODER);
    }

    /// One that is too long is cut, and the job's log says where.
    ///
    /// @param skippedLayers how many of the last layers are left out; the final norm is not
    /// @return (captions, tokens, width)
    Tensor states(List<String> captions, int skippedLayers) {
        int length = Math.min(tokenizer.maxLength(), encoder.config().integer("max_position_embeddings", 77));
        TokenBatch tokens = tokenizer.batch(captions, length);
        tokens.notices().forEach(notice -> components.context().log().warn("{}", notice));
        Map<String, Tensor> inputs = new HashMap<>(Map.of("input_ids", tokens.ids()));
        if (encoder.config().flag("use_attention_mask", false)) {
            inputs.put("attention_mask", tokens.mask());
        }
        return skippedLayers == 0
                ? output(encoder.call(inputs), "last_hidden_state")
                : skipping(encoder.call("hidden_states", inputs), skippedLayers);
    }

    private Tensor skipping(Map<String, Tensor> states, int skippedLayers) {
        int layers = states.size() - 1;
        if (skippedLayers < 0 || skippedLayers > layers) {
            throw NodeException.user(
                    "latent/skipped-layers",
                    "%s: %d layers cannot be skipped; allowed: 0 … %d.",
                    components.reference().id(),
                    skippedLayers,
                    layers);
        }
        Tensor state = output(states, "hidden_states." + (layers - skippedLayers));
        return output(encoder.call("final_layer_norm", Map.of("hidden_state", state)), "last_hidden_state");
    }

    private static Tensor output(Map<String, Tensor> outputs, String name) {
        return Objects.requireNonNull(outputs.get(name), name);
    }
}
