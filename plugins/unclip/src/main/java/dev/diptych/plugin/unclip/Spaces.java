// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.unclip;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.value.Embedding;

/// Whether an embedding is one of those that a network was trained with: `unclip/other-space` if not.
final class Spaces {
    static final String MAKE = "Make the embedding with the CLIP of this model.";
    static final String TRAINED = "Use the CLIP that this prior was trained on.";
    private static final String CODE = "unclip/other-space";

    private Spaces() {}

    /// @param taker the model, or a part of it
    /// @param own   the space that it knows
    static void requireOwn(Embedding embedding, String taker, String own) {
        if (!own.equals(embedding.space())) {
            throw refused("The embedding lives in the space %.12s, %s in %.12s.", embedding.space(), taker, own)
                    .next(MAKE);
        }
    }

    /// @param text what differs, with an argument for each placeholder
    static NodeException refused(String text, Object... arguments) {
        return NodeException.user(CODE, text, arguments);
    }
}
