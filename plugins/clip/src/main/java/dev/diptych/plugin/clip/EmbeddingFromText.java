// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.clip;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.node.Help;
import dev.diptych.api.node.Multiline;
import dev.diptych.api.node.Node;
import dev.diptych.api.node.NodeContext;
import dev.diptych.api.node.NodeType;
import dev.diptych.api.value.Embedding;
import dev.diptych.api.value.Tensor;

import org.pf4j.Extension;

/// An embedding that was kept.
@Extension
@NodeType(
        id = "clip/embedding-from-text",
        title = "Load embedding",
        group = "CLIP",
        description = "Reads an embedding that clip/embedding-to-text has written.")
public final class EmbeddingFromText implements Node<EmbeddingFromText.In, EmbeddingFromText.Out> {
    public record In(@Help("As clip/embedding-to-text gives it") @Multiline String text) {}

    public record Out(Embedding embedding) {}

    @Override
    public Out run(In in, NodeContext context) {
        int colon = in.text().indexOf(':');
        if (colon < 1) {
            throw NodeException.user("clip/no-embedding", "The text does not begin with a space's name and a colon.")
                    .next("Take it whole from clip/embedding-to-text.");
        }
        String[] numbers = in.text().substring(colon + 1).strip().split("\\s+", -1);
        float[] values = new float[numbers.length];
        for (int i = 0; i < numbers.length; i++) {
            try {
                values[i] = Float.parseFloat(numbers[i]);
            } catch (NumberFormatException e) {
                throw NodeException.user("clip/no-embedding", "Number %d of the embedding is no number.", i + 1)
                        .next("Take it whole from clip/embedding-to-text.")
                        .causedBy(e);
            }
            if (!Float.isFinite(values[i])) {
                throw NodeException.user("clip/no-embedding", "Number %d of the embedding is not finite.", i + 1);
            }
        }
        return new Out(new Embedding(Tensor.ofFloats(values, values.length), in.text().substring(0, colon).strip()));
    }
}
