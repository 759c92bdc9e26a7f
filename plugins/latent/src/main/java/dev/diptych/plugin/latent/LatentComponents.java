// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.latent;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.model.Model;
import dev.diptych.api.node.NodeContext;
import dev.diptych.api.value.ModelReference;

import java.util.List;

/// The parts of a model folder that latent diffusion needs. A folder without one of them is refused before anything is computed.
///
/// @param names in the order in which they were published
record LatentComponents(NodeContext context, ModelReference reference, List<String> names) {
    static final String TEXT_ENCODER = "text_encoder";
    static final String TOKENIZER = "tokenizer";
    static final String UNET = "unet";
    static final String VAE = "vae";
    static final String SCHEDULER = "scheduler";

    private static final List<String> NEEDED = List.of(TEXT_ENCODER, TOKENIZER, UNET, VAE, SCHEDULER);

    /// @throws NodeException `latent/missing-component`, `latent/other-family`
    static LatentComponents of(NodeContext context, ModelReference reference) {
        List<String> names = context.components(reference);
        List<String> missing = NEEDED.stream().filter(name -> !names.contains(name)).toList();
        if (!missing.isEmpty()) {
            throw NodeException.user(
                            "latent/missing-component",
                            "%s has no %s; it has %s.",
                            reference.id(),
                            String.join(", ", missing),
                            String.join(", ", names))
                    .next("Choose a folder of Stable Diffusion 1 or 2: %s.".formatted(String.join(", ", NEEDED)));
        }
        if (names.contains("text_encoder_2")) {
            throw NodeException.user(
                            "latent/other-family",
                            "%s has a second text encoder, as Stable Diffusion XL has, which is not implemented.",
                            reference.id())
                    .next("Choose a folder of Stable Diffusion 1 or 2.");
        }
        return new LatentComponents(context, reference, names);
    }

    /// Whether the network is told of a picture, too: Stable unCLIP.
    boolean isUnclip() {
        return names.contains("image_normalizer");
    }

    Model model(String component) {
        return context.model(reference, component);
    }
}
