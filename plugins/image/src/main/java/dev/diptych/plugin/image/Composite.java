// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.image;

import dev.diptych.api.node.Default;
import dev.diptych.api.node.Help;
import dev.diptych.api.node.Node;
import dev.diptych.api.node.NodeContext;
import dev.diptych.api.node.NodeType;
import dev.diptych.api.node.Range;
import dev.diptych.api.value.Image;
import dev.diptych.api.value.Mask;

import org.pf4j.Extension;

import java.util.Optional;

/// One picture over another.
@Extension
@NodeType(
        id = "image/composite",
        title = "Composite",
        group = "Image/Combine",
        description =
                "Puts one picture over another, at a place, through a mask if there is one. What lies outside is cut off.")
public final class Composite implements Node<Composite.In, Composite.Out> {
    public record In(
            @Help("Picture below; the result has its size") Image below,
            @Help("Picture on top") Image above,
            @Help("How a colour on top meets the one below") @Default("normal") BlendMode mode,
            @Help("Left edge of the upper picture, in pixels") @Range(min = -16384, max = 16384, step = 1) @Default("0")
                    int left,
            @Help("Upper edge of the upper picture, in pixels")
                    @Range(min = -16384, max = 16384, step = 1)
                    @Default("0")
                    int top,
            @Help("0 hides the upper picture, 1 shows it wholly") @Range(min = 0, max = 1, step = 0.01) @Default("1")
                    double opacity,
            @Help("Where the upper picture shows; it has the upper picture's size") Optional<Mask> mask) {}

    public record Out(Image image) {}

    @Override
    public Out run(In in, NodeContext context) {
        Image above = in.above();
        in.mask().ifPresent(mask -> Sizes.requireSame("mask", mask.width(), mask.height(), "above", above));
        return new Out(
                in.below()
                        .mapPixels((below, x, y) -> {
                            int aboveX = x - in.left();
                            int aboveY = y - in.top();
                            if (aboveX < 0 || aboveY < 0 || aboveX >= above.width() || aboveY >= above.height()) {
                                return below;
                            }
                            double coverage = in.mask().map(mask -> mask.coverage(aboveX, aboveY)).orElse(1.0);
                            return in.mode().over(below, above.pixel(aboveX, aboveY), in.opacity() * coverage);
                        }));
    }
}
