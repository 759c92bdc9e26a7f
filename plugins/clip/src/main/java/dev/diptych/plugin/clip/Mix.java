// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.clip;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.node.Help;
import dev.diptych.api.node.Node;
import dev.diptych.api.node.NodeContext;
import dev.diptych.api.node.NodeType;
import dev.diptych.api.value.Embedding;

import org.pf4j.Extension;

import java.util.List;
import java.util.Optional;

/// One embedding of several.
@Extension
@NodeType(
        id = "clip/mix",
        title = "Mix embeddings",
        group = "CLIP",
        description =
                "The weighted mean of several embeddings, with the weighted mean of their lengths. A negative weight moves away from an embedding.")
public final class Mix implements Node<Mix.In, Mix.Out> {
    public record In(
            @Help("At least one") List<Embedding> embeddings,
            @Help("One for each embedding, of any size; equal ones if left open") Optional<List<Double>> weights) {}

    public record Out(Embedding embedding) {}

    @Override
    public Out run(In in, NodeContext context) {
        List<Embedding> embeddings = in.embeddings();
        if (embeddings.isEmpty()) {
            throw NodeException.user("clip/nothing-to-mix", "No embedding is given; one is needed.");
        }
        double[] weights = new double[embeddings.size()];
        List<Double> given = in.weights().orElse(List.of());
        if (!given.isEmpty() && given.size() != weights.length) {
            throw NodeException.user(
                            "clip/weights", "There are %d weights for %d embeddings.", given.size(), weights.length)
                    .next("Give one for each, or leave them all open.");
        }
        double total = 0;
        double norm = 0;
        for (int i = 0; i < weights.length; i++) {
            weights[i] = given.isEmpty() ? 1 : given.get(i);
            total += Math.abs(weights[i]);
            norm += Math.abs(weights[i]) * Vectors.norm(embeddings.get(i));
        }
        if (total == 0) {
            throw NodeException.user("clip/weights", "All weights are 0, so nothing is left of the embeddings.")
                    .next("Give at least one another weight.");
        }
        return new Out(Vectors.withNorm(Vectors.combination(embeddings, weights), norm / total));
    }
}
