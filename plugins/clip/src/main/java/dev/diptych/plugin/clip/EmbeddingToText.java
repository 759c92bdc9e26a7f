// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.clip;

import dev.diptych.api.node.Help;
import dev.diptych.api.node.Node;
import dev.diptych.api.node.NodeContext;
import dev.diptych.api.node.NodeType;
import dev.diptych.api.value.Embedding;

import org.pf4j.Extension;

/// An embedding to keep.
@Extension
@NodeType(
        id = "clip/embedding-to-text",
        title = "Save embedding",
        group = "CLIP",
        description =
                "Writes an embedding as a line of text that can be kept and read again (clip/embedding-from-text).")
public final class EmbeddingToText implements Node<EmbeddingToText.In, EmbeddingToText.Out> {
    public record In(@Help("Embedding to write") Embedding embedding) {}

    public record Out(@Help("The space's name, a colon, and the numbers separated by spaces; exact") String text) {}

    @Override
    public Out run(In in, NodeContext context) {
        StringBuilder text = new StringBuilder(in.embedding().space()).append(':');
        for (float value : in.embedding().vector().floats()) {
            text.append(' ').append(value);
        }
        return new Out(text.toString());
    }
}
