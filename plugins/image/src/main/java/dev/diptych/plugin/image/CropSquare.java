// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.image;

import dev.diptych.api.node.Default;
import dev.diptych.api.node.Help;
import dev.diptych.api.node.Node;
import dev.diptych.api.node.NodeContext;
import dev.diptych.api.node.NodeType;
import dev.diptych.api.value.Image;

import org.pf4j.Extension;

/// A square for a model.
@Extension
@NodeType(
        id = "image/crop-square",
        title = "Crop to a square",
        group = "Image/Geometry",
        description = "Cuts the largest square out of a picture, and says in words what it left out.")
public final class CropSquare implements Node<CropSquare.In, CropSquare.Out> {
    /// Which part is kept.
    public enum Keep {
        START,
        CENTER,
        END
    }

    public record In(
            @Help("Picture to cut from") Image image,
            @Help("Which part is kept: the left or upper one, the middle, the right or lower one") @Default("center")
                    Keep keep) {}

    public record Out(Image image, String note) {}

    @Override
    public Out run(In in, NodeContext context) {
        Image image = in.image();
        int size = Math.min(image.width(), image.height());
        int rest = Math.max(image.width(), image.height()) - size;
        int offset =
                switch (in.keep()) {
                    case START -> 0;
                    case CENTER -> rest / 2;
                    case END -> rest;
                };
        boolean isWide = image.width() > image.height();
        Image square =
                Image.generated(
                        size,
                        size,
                        image.channels(),
                        (x, y) -> image.pixel(isWide ? x + offset : x, isWide ? y : y + offset));
        String note =
                rest == 0
                        ? "The picture is square already."
                        : "Left out: "
                                + offset
                                + " pixels at the "
                                + (isWide ? "left" : "top")
                                + ", "
                                + (rest - offset)
                                + " at the "
                                + (isWide ? "right." : "bottom.");
        return new Out(square, note);
    }
}
