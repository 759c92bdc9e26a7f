// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.unclip;

import dev.diptych.api.node.Default;
import dev.diptych.api.node.Help;
import dev.diptych.api.node.Node;
import dev.diptych.api.node.NodeContext;
import dev.diptych.api.node.NodeType;
import dev.diptych.api.value.Embedding;
import dev.diptych.api.value.ModelReference;
import dev.diptych.plugin.clip.Clip;
import dev.diptych.plugin.clip.Vectors;

import org.pf4j.Extension;

import java.util.List;

/// What the autoregressive prior's codes keep of an embedding.
@Extension
@NodeType(
        id = "unclip/embedding-codes",
        title = "Embedding through codes",
        group = "unCLIP",
        description =
                "Writes an embedding in the autoregressive prior's codes and reads it back: the nearest bucket along each principal component. Decode it beside the original to see what codes cannot say; no picture of that prior can be better.")
public final class EmbeddingCodes implements Node<EmbeddingCodes.In, EmbeddingCodes.Out> {
    public record In(
            @Help("Model that is an autoregressive prior") @Default("portraits/unclip-ar") ModelReference model,
            @Help("Of the CLIP that the prior was trained on") Embedding embedding) {}

    public record Out(
            @Help("What the codes stand for") Embedding embedding,
            @Help("The norm of what was lost, divided by the embedding's") double error) {}

    @Override
    public Out run(In in, NodeContext context) {
        AutoregressivePrior prior = new AutoregressivePrior(context, in.model());
        Embedding kept = Clip.rows(prior.throughCodes(in.embedding()), in.embedding().space()).getFirst();
        double norm = Vectors.norm(in.embedding());
        double lost = Vectors.norm(Vectors.combination(List.of(kept, in.embedding()), new double[] {1, -1}));
        return new Out(kept, norm == 0 ? lost : lost / norm);
    }
}
