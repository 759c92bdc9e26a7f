// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.image;

import dev.diptych.api.node.Default;
import dev.diptych.api.node.Help;
import dev.diptych.api.node.Node;
import dev.diptych.api.node.NodeContext;
import dev.diptych.api.node.NodeType;
import dev.diptych.api.value.Image;

import org.pf4j.Extension;

/// A picture as in a mirror.
@Extension
@NodeType(
        id = "image/flip",
        title = "Flip",
        group = "Image/Geometry",
        description = "Mirrors a picture left to right or top to bottom.")
public final class Flip implements Node<Flip.In, Flip.Out> {
    /// What changes places.
    public enum Axis {
        LEFT_RIGHT,
        TOP_BOTTOM
    }

    public record In(
            @Help("Picture to mirror") Image image, @Help("What changes places") @Default("left-right") Axis axis) {}

    public record Out(Image image) {}

    @Override
    public Out run(In in, NodeContext context) {
        Image image = in.image();
        boolean isSideways = in.axis() == Axis.LEFT_RIGHT;
        return new Out(
                Image.generated(
                        image.width(),
                        image.height(),
                        image.channels(),
                        (x, y) ->
                                image.pixel(
                                        isSideways ? image.width() - 1 - x : x,
                                        isSideways ? y : image.height() - 1 - y)));
    }
}
