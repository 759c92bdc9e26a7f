// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.image;

import dev.diptych.api.node.Default;
import dev.diptych.api.node.Help;
import dev.diptych.api.node.Node;
import dev.diptych.api.node.NodeContext;
import dev.diptych.api.node.NodeType;
import dev.diptych.api.node.Range;
import dev.diptych.api.value.Image;
import dev.diptych.api.value.Pixel;

import org.pf4j.Extension;

/// A picture with a border.
@Extension
@NodeType(
        id = "image/pad",
        title = "Pad",
        group = "Image/Geometry",
        description = "Adds a border to a picture: of one colour, or continued from its edge.")
public final class Pad implements Node<Pad.In, Pad.Out> {
    /// What the border shows.
    public enum Fill {
        COLOUR,
        EDGE,
        REFLECT
    }

    public record In(
            @Help("Picture to pad") Image image,
            @Help("Pixels added on the left") @Range(min = 0, max = 8192, step = 1) @Default("0") int left,
            @Help("Pixels added above") @Range(min = 0, max = 8192, step = 1) @Default("0") int top,
            @Help("Pixels added on the right") @Range(min = 0, max = 8192, step = 1) @Default("0") int right,
            @Help("Pixels added below") @Range(min = 0, max = 8192, step = 1) @Default("0") int bottom,
            @Help("One colour, the nearest pixel of the edge, or the picture mirrored at its edge") @Default("colour")
                    Fill fill,
            @Help("Colour of the border") @Default("#ffffff") String color) {}

    public record Out(Image image) {}

    @Override
    public Out run(In in, NodeContext context) {
        Image image = in.image();
        int width = Math.addExact(image.width(), in.left() + in.right());
        int height = Math.addExact(image.height(), in.top() + in.bottom());
        Sizes.requireAtMost(width, height);
        Pixel color = Colors.parse(in.color());
        int channels = in.fill() == Fill.COLOUR && color.alpha() < 1 ? 4 : image.channels();
        return new Out(
                Image.generated(
                        width,
                        height,
                        channels,
                        (x, y) -> {
                            int column = x - in.left();
                            int row = y - in.top();
                            boolean isInside =
                                    column >= 0 && row >= 0 && column < image.width() && row < image.height();
                            return switch (in.fill()) {
                                case COLOUR -> isInside ? image.pixel(column, row) : color;
                                case EDGE ->
                                        image.pixel(
                                                Math.clamp(column, 0, image.width() - 1),
                                                Math.clamp(row, 0, image.height() - 1));
                                case REFLECT ->
                                        image.pixel(mirrored(column, image.width()), mirrored(row, image.height()));
                            };
                        }));
    }

    /// The edge itself is not repeated: 2 1 | 0 1 2 … n-1 | n-2.
    private static int mirrored(int place, int size) {
        if (size == 1) {
            return 0;
        }
        int period = 2 * (size - 1);
        int within = Math.floorMod(place, period);
        return within < size ? within : period - within;
    }
}
