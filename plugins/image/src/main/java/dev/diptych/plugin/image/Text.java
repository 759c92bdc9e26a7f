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

/// Words on a picture.
@Extension
@NodeType(
        id = "image/text",
        title = "Text",
        group = "Image/Combine",
        description =
                "Writes text on a picture, such as a caption or a watermark. Letters, digits and signs of ASCII; others become a box.")
public final class Text implements Node<Text.In, Text.Out> {
    /// Where the text stands.
    public enum Place {
        TOP_LEFT,
        TOP,
        TOP_RIGHT,
        CENTER,
        BOTTOM_LEFT,
        BOTTOM,
        BOTTOM_RIGHT
    }

    public record In(
            @Help("Picture to write on") Image image,
            @Help("What to write; each line of it is a line") @Default("Diptych") String text,
            @Help("Height of a line as a share of the picture's height")
                    @Range(min = 0.01, max = 1, step = 0.01)
                    @Default("0.06")
                    double size,
            @Help("Where it stands") @Default("bottom-right") Place place,
            @Help("Colour") @Default("#ffffff") String color,
            @Help("0 is not to be seen, 1 hides what is behind") @Range(min = 0, max = 1, step = 0.01) @Default("0.8")
                    double opacity) {}

    public record Out(Image image) {}

    @Override
    public Out run(In in, NodeContext context) {
        Image image = in.image();
        Pixel color = Colors.parse(in.color());
        int scale = (int) Math.max(1, Math.round(in.size() * image.height() / PixelFont.LINE));
        PixelFont.Line text = PixelFont.layout(in.text(), scale);
        int margin = scale * 3;
        int left =
                switch (in.place()) {
                    case TOP_LEFT, BOTTOM_LEFT -> margin;
                    case TOP_RIGHT, BOTTOM_RIGHT -> image.width() - margin - text.width();
                    case TOP, CENTER, BOTTOM -> (image.width() - text.width()) / 2;
                };
        int top =
                switch (in.place()) {
                    case TOP_LEFT, TOP, TOP_RIGHT -> margin;
                    case BOTTOM_LEFT, BOTTOM, BOTTOM_RIGHT -> image.height() - margin - text.height();
                    case CENTER -> (image.height() - text.height()) / 2;
                };
        return new Out(
                image.mapPixels((pixel, x, y) -> {
                    return text.covers(x - left, y - top) ? BlendMode.NORMAL.over(pixel, color, in.opacity()) : pixel;
                }));
    }
}
