// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.image;

import dev.diptych.api.node.Default;
import dev.diptych.api.node.Help;
import dev.diptych.api.node.Node;
import dev.diptych.api.node.NodeContext;
import dev.diptych.api.node.NodeType;
import dev.diptych.api.value.Image;

import org.pf4j.Extension;

/// A picture turned by quarters.
@Extension
@NodeType(
        id = "image/rotate",
        title = "Rotate",
        group = "Image/Geometry",
        description = "Turns a picture by quarters, without loss.")
public final class Rotate implements Node<Rotate.In, Rotate.Out> {
    /// Clockwise.
    public enum Turn {
        RIGHT,
        HALF,
        LEFT
    }

    public record In(
            @Help("Picture to turn") Image image,
            @Help("A quarter to the right, a half, or a quarter to the left") @Default("right") Turn turn) {}

    public record Out(Image image) {}

    @Override
    public Out run(In in, NodeContext context) {
        Image image = in.image();
        int width = image.width();
        int height = image.height();
        return new Out(
                switch (in.turn()) {
                    case RIGHT ->
                            Image.generated(height, width, image.channels(), (x, y) -> image.pixel(y, height - 1 - x));
                    case HALF ->
                            Image.generated(
                                    width,
                                    height,
                                    image.channels(),
                                    (x, y) -> image.pixel(width - 1 - x, height - 1 - y));
                    case LEFT ->
                            Image.generated(height, width, image.channels(), (x, y) -> image.pixel(width - 1 - y, x));
                });
    }
}
