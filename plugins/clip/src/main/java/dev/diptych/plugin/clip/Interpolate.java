// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.clip;

import dev.diptych.api.node.Default;
import dev.diptych.api.node.Help;
import dev.diptych.api.node.Node;
import dev.diptych.api.node.NodeContext;
import dev.diptych.api.node.NodeType;
import dev.diptych.api.node.Range;
import dev.diptych.api.value.Embedding;

import org.pf4j.Extension;

/// An embedding on the way from one to another.
@Extension
@NodeType(
        id = "clip/interpolate",
        title = "Interpolate embeddings",
        group = "CLIP",
        description =
                "Rotates one embedding towards another. Between two pictures t = 0.5 is the middle; towards a text diff 0.25 to 0.5 changes the picture and keeps it recognisable.")
public final class Interpolate implements Node<Interpolate.In, Interpolate.Out> {
    private static final double UNIT = 1e-4;

    /// What the result's norm is.
    public enum Norm {
        /// That of the first if the second is a direction of length 1, as text diffs are; else from one's to the other's in proportion.
        AUTO,
        /// The first's.
        FIRST,
        /// From one's to the other's in proportion.
        LINEAR
    }

    public record In(
            @Help("Where it starts: usually a picture's embedding") Embedding a,
            @Help("Where it goes: another picture's embedding, or a text diff") Embedding b,
            @Help("How much of the angle between the two is gone: 0 is a, 1 is b")
                    @Default("0.5")
                    @Range(min = 0, max = 1, step = 0.01)
                    double t,
            @Help(
                            "The length of the result. Auto keeps a's length towards a text diff, and blends lengths between pictures")
                    @Default("auto")
                    Norm norm) {}

    public record Out(Embedding embedding) {}

    @Override
    public Out run(In in, NodeContext context) {
        double first = Vectors.requireDirection(in.a());
        double second = Vectors.requireDirection(in.b());
        boolean keepsFirst =
                switch (in.norm()) {
                    case FIRST -> true;
                    case LINEAR -> false;
                    case AUTO -> Math.abs(second - 1) < UNIT;
                };
        double norm = keepsFirst || in.t() == 0 ? first : in.t() == 1 ? second : (1 - in.t()) * first + in.t() * second;
        return new Out(Vectors.rotated(in.a(), in.b(), in.t(), norm));
    }
}
