// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.image;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.node.Default;
import dev.diptych.api.node.Help;
import dev.diptych.api.node.Node;
import dev.diptych.api.node.NodeContext;
import dev.diptych.api.node.NodeType;
import dev.diptych.api.node.Range;
import dev.diptych.api.value.Image;

import org.pf4j.Extension;

/// A part of a picture.
@Extension
@NodeType(
        id = "image/crop",
        title = "Crop",
        group = "Image/Geometry",
        description = "Cuts a rectangle out of a picture.")
public final class Crop implements Node<Crop.In, Crop.Out> {
    public record In(
            @Help("Picture to cut from") Image image,
            @Help("Left edge, in pixels from the left") @Range(min = 0, max = 16384, step = 1) @Default("0") int left,
            @Help("Upper edge, in pixels from the top") @Range(min = 0, max = 16384, step = 1) @Default("0") int top,
            @Help("Width in pixels") @Range(min = 1, max = 16384, step = 1) int width,
            @Help("Height in pixels") @Range(min = 1, max = 16384, step = 1) int height) {}

    public record Out(Image image) {}

    @Override
    public Out run(In in, NodeContext context) {
        Image image = in.image();
        if (in.left() + in.width() > image.width() || in.top() + in.height() > image.height()) {
            throw NodeException.user(
                            "image/crop-outside",
                            "The rectangle ends at (%d, %d), the picture has %d x %d pixels.",
                            in.left() + in.width(),
                            in.top() + in.height(),
                            image.width(),
                            image.height())
                    .next("Use a smaller rectangle, or pad the picture first.");
        }
        return new Out(
                Image.generated(
                        in.width(), in.height(), image.channels(), (x, y) -> image.pixel(in.left() + x, in.top() + y)));
    }
}
