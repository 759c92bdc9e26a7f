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

/// A mask in a simple shape.
@Extension
@NodeType(
        id = "image/shape-mask",
        title = "Mask from a shape",
        group = "Image/Mask",
        description = "Selects a rectangle or an ellipse. Places and sizes are shares of the picture's size.")
public final class ShapeMask implements Node<ShapeMask.In, ShapeMask.Out> {
    /// The outline.
    public enum Shape {
        RECTANGLE,
        ELLIPSE
    }

    private static final int SAMPLES = 4;

    public record In(
            @Help("The mask gets the size of this picture") Image image,
            @Help("Rectangle or ellipse") @Default("ellipse") Shape shape,
            @Help("Middle, from the left") @Range(min = 0, max = 1, step = 0.01) @Default("0.5") double x,
            @Help("Middle, from the top") @Range(min = 0, max = 1, step = 0.01) @Default("0.5") double y,
            @Help("Width") @Range(min = 0, max = 2, step = 0.01) @Default("0.5") double width,
            @Help("Height") @Range(min = 0, max = 2, step = 0.01) @Default("0.5") double height) {}

    public record Out(Mask mask) {}

    /// Each pixel is the mean of 4 x 4 samples, which makes edges smooth.
    @Override
    public Out run(In in, NodeContext context) {
        Image image = in.image();
        return new Out(
                Mask.generated(
                        image.width(),
                        image.height(),
                        (x, y) -> {
                            int inside = 0;
                            for (int i = 0; i < SAMPLES * SAMPLES; i++) {
                                double sampleX = (x + (i % SAMPLES + 0.5) / SAMPLES) / image.width();
                                double sampleY = (y + (i / SAMPLES + 0.5) / SAMPLES) / image.height();
                                inside += isInside(in, sampleX - in.x(), sampleY - in.y()) ? 1 : 0;
                            }
                            return inside / (double) (SAMPLES * SAMPLES);
                        }));
    }

    private static boolean isInside(In in, double x, double y) {
        if (in.shape() == Shape.RECTANGLE) {
            return Math.abs(x) <= in.width() / 2 && Math.abs(y) <= in.height() / 2;
        }
        return in.width() > 0 && in.height() > 0 && Math.hypot(2 * x / in.width(), 2 * y / in.height()) <= 1;
    }
}
