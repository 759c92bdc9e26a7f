// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.unclip;

import dev.diptych.api.node.Default;
import dev.diptych.api.node.Help;
import dev.diptych.api.node.Node;
import dev.diptych.api.node.NodeContext;
import dev.diptych.api.node.NodeType;
import dev.diptych.api.node.Range;
import dev.diptych.api.value.Embedding;
import dev.diptych.api.value.ModelReference;
import dev.diptych.api.value.NoiseGenerator;
import dev.diptych.api.value.Seed;
import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.clip.Clip;

import org.pf4j.Extension;

import java.util.Collections;
import java.util.Map;

/// An embedding of a picture that a caption may describe.
@Extension
@NodeType(
        id = "unclip/prior",
        title = "Prior",
        group = "unCLIP",
        description =
                "Imagines, from a caption, the CLIP embedding of a picture that it describes. Decode it to see the picture. Of several candidates the one that fits the caption best is kept.")
public final class Prior implements Node<Prior.In, Prior.Out> {
    public record In(
            @Help("Model with a prior") @Default("portraits/unclip") ModelReference model,
            @Help("What the picture should show") String text,
            @Help("What it should not show") @Default("") String negative,
            @Help("Another seed, another picture of the same caption") @Default("0") Seed seed,
            @Help("More is slower; 25 are enough") @Default("25") @Range(min = 1, max = 1000, step = 1) int steps,
            @Help(
                            "How strictly the caption is followed: 0 not at all, 1 as trained, 2 to 5 more than that. In the papers' letters g = 1 + ω")
                    @Default("4")
                    @Range(min = 0, max = 50, step = 0.1)
                    double guidanceScale,
            @Help("How many are drawn; that with the largest z_i · z_t is kept. The paper draws 2")
                    @Default("2")
                    @Range(min = 1, max = 64, step = 1)
                    int candidates) {}

    public record Out(
            Embedding embedding,
            @Help("The cosine of the angle between the embedding and the caption's") double similarity) {}

    @Override
    public Out run(In in, NodeContext context) {
        DiffusionPrior prior = new DiffusionPrior(context, in.model());
        Tensor drawn =
                prior.sample(
                        Collections.nCopies(in.candidates(), in.text()),
                        in.negative(),
                        in.steps(),
                        in.guidanceScale(),
                        Map.of(),
                        new NoiseGenerator(in.seed())::normal);
        Candidates.Kept kept = Candidates.kept(drawn, Clip.of(context, in.model()), in.text());
        return new Out(kept.embedding(), kept.similarity());
    }
}
