// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.image;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.node.Default;
import dev.diptych.api.node.Help;
import dev.diptych.api.node.Node;
import dev.diptych.api.node.NodeContext;
import dev.diptych.api.node.NodeType;
import dev.diptych.api.value.Mask;

import org.pf4j.Extension;

/// Two selections as one.
@Extension
@NodeType(
        id = "image/combine-masks",
        title = "Combine masks",
        group = "Image/Mask",
        description = "Joins two selections: either, both, the first without the second, or exactly one.")
public final class CombineMasks implements Node<CombineMasks.In, CombineMasks.Out> {
    /// How two selections become one.
    public enum Operation {
        UNION,
        INTERSECTION,
        DIFFERENCE,
        EXCLUSION
    }

    public record In(
            @Help("First mask") Mask a,
            @Help("Second mask, of the same size") Mask b,
            @Help("How they are joined") @Default("union") Operation operation) {}

    public record Out(Mask mask) {}

    @Override
    public Out run(In in, NodeContext context) {
        Mask a = in.a();
        Mask b = in.b();
        if (a.width() != b.width() || a.height() != b.height()) {
            throw NodeException.user(
                            "image/sizes-differ",
                            "\"a\" has %d x %d pixels, \"b\" has %d x %d.",
                            a.width(),
                            a.height(),
                            b.width(),
                            b.height())
                    .next("Make both masks from pictures of one size.");
        }
        return new Out(
                Mask.generated(
                        a.width(),
                        a.height(),
                        (x, y) -> {
                            double first = a.coverage(x, y);
                            double second = b.coverage(x, y);
                            return switch (in.operation()) {
                                case UNION -> Math.max(first, second);
                                case INTERSECTION -> Math.min(first, second);
                                case DIFFERENCE -> Math.min(first, 1 - second);
                                case EXCLUSION -> Math.abs(first - second);
                            };
                        }));
    }
}
