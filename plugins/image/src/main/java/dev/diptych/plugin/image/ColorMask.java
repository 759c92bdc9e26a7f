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
import dev.diptych.api.value.Pixel;

import org.pf4j.Extension;

/// What has a certain colour.
@Extension
@NodeType(
        id = "image/color-mask",
        title = "Mask from a colour",
        group = "Image/Mask",
        description = "Selects what is near a colour.")
public final class ColorMask implements Node<ColorMask.In, ColorMask.Out> {
    public record In(
            @Help("Picture to look at") Image image,
            @Help("Colour to look for") @Default("#00ff00") String color,
            @Help("How far colours may be away: 0 takes the colour itself only, 1 takes all")
                    @Range(min = 0, max = 1, step = 0.01)
                    @Default("0.15")
                    double tolerance,
            @Help("Over how much more the selection fades") @Range(min = 0, max = 1, step = 0.01) @Default("0.05")
                    double softness) {}

    public record Out(Mask mask) {}

    /// Distance is measured in the RGB cube, whose diagonal counts as 1.
    @Override
    public Out run(In in, NodeContext context) {
        Image image = in.image();
        Pixel key = Colors.parse(in.color());
        return new Out(
                Mask.generated(
                        image.width(),
                        image.height(),
                        (x, y) -> {
                            Pixel pixel = image.pixel(x, y);
                            double red = pixel.red() - key.red();
                            double green = pixel.green() - key.green();
                            double blue = pixel.blue() - key.blue();
                            double distance = Math.sqrt((red * red + green * green + blue * blue) / 3);
                            double over = distance - in.tolerance();
                            double kept =
                                    over <= 1e-9 ? 1 : in.softness() == 0 ? 0 : Math.max(0, 1 - over / in.softness());
                            return kept * pixel.alpha();
                        }));
    }
}
