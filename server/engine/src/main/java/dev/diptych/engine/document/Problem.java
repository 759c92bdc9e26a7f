// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.document;

import org.jspecify.annotations.Nullable;

/// Something wrong with a document or a request, told so that its reader can mend it.
///
/// @param code     `engine/slug`, stable
/// @param node     the node it concerns, or null
/// @param nodeType its type, or null
/// @param port     the input or output it concerns, or null
/// @param message  value found, and what is allowed
/// @param next     what to do, or null
public record Problem(
        String code,
        @Nullable String node,
        @Nullable String nodeType,
        @Nullable String port,
        String message,
        @Nullable String next) {
    /// As one or two lines of text: `node "large" (unclip/upsample), input "image": image is needed, node "z" gives embedding.`
    public String text() {
        StringBuilder text = new StringBuilder();
        if (node != null) {
            text.append("node \"").append(node).append('"');
            if (nodeType != null) {
                text.append(" (").append(nodeType).append(')');
            }
        }
        if (port != null) {
            text.append(text.isEmpty() ? "" : ", ").append('"').append(port).append('"');
        }
        text.append(text.isEmpty() ? "" : ": ").append(message);
        if (next != null) {
            text.append(' ').append(next);
        }
        return text.toString();
    }
}
