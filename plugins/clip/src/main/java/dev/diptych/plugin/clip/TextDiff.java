// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.clip;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.node.Default;
import dev.diptych.api.node.Help;
import dev.diptych.api.node.Node;
import dev.diptych.api.node.NodeContext;
import dev.diptych.api.node.NodeType;
import dev.diptych.api.value.Embedding;
import dev.diptych.api.value.ModelReference;

import org.pf4j.Extension;

import java.util.List;

/// The direction from one caption to another. Ramesh et al., arXiv:2204.06125, section 3.3: z_d = norm(z_t - z_t0).
@Extension
@NodeType(
        id = "clip/text-diff",
        title = "Text diff",
        group = "CLIP",
        description =
                "The direction in CLIP's space that leads from one caption to another. Rotate a picture's embedding towards it (clip/interpolate), and decode, to change the picture so.")
public final class TextDiff implements Node<TextDiff.In, TextDiff.Out> {
    public record In(
            @Help("Model with a CLIP text encoder") @Default("portraits/unclip") ModelReference model,
            @Help("What the picture shows now: \"a lion\", or something as general as \"a photo\"") String before,
            @Help("What it should show: \"a lion cub\"") String after) {}

    public record Out(@Help("A unit vector") Embedding embedding) {}

    @Override
    public Out run(In in, NodeContext context) {
        Clip clip = Clip.of(context, in.model());
        List<Embedding> ends = Clip.rows(clip.texts(List.of(in.before(), in.after())).embeddings(), clip.space());
        Embedding difference = Vectors.combination(ends, new double[] {-1, 1});
        if (Vectors.norm(difference) <= 1e-6 * Vectors.norm(ends.getFirst())) {
            throw NodeException.user(
                            "clip/no-difference",
                            "Both captions have the same embedding, so nothing leads from one to the other.")
                    .next("Let them differ in what should change.");
        }
        return new Out(Vectors.withNorm(difference, 1));
    }
}
