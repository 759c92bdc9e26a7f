// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.tokenizer;

import dev.diptych.api.error.NodeException;

import org.jspecify.annotations.Nullable;

/// The error of a tokenizer's file.
final class BadTokenizer {
    private BadTokenizer() {}

    /// @param file   which one
    /// @param reason follows the file's name and a colon; no full stop
    static NodeException of(String file, String reason, @Nullable Throwable cause) {
        NodeException error =
                NodeException.user("engine/bad-tokenizer", "%s: %s.", file, reason)
                        .next("Download the model's tokenizer again.");
        return cause == null ? error : error.causedBy(cause);
    }
}
