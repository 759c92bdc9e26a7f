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

/// Colours turned on the wheel.
@Extension
@NodeType(
        id = "image/hue",
        title = "Hue",
        group = "Image/Colour",
        description =
                "Turns all colours on the colour wheel, and keeps the mean of red, green and blue. Greys do not change.")
public final class Hue implements Node<Hue.In, Hue.Out> {
    public record In(
            @Help("Picture to change") Image image,
            @Help("Degrees on the colour wheel; 120 turns red into green")
                    @Range(min = -360, max = 360, step = 1)
                    @Default("0")
                    double degrees) {}

    public record Out(Image image) {}

    /// A rotation around the grey axis of the RGB cube.
    @Override
    public Out run(In in, NodeContext context) {
        double cos = Math.cos(Math.toRadians(in.degrees()));
        double sin = Math.sin(Math.toRadians(in.degrees())) / Math.sqrt(3);
        double same = cos + (1 - cos) / 3;
        double before = (1 - cos) / 3 - sin;
        double after = (1 - cos) / 3 + sin;
        return new Out(
                in.image()
                        .mapPixels((pixel, x, y) -> {
                            double red = pixel.red();
                            double green = pixel.green();
                            double blue = pixel.blue();
                            return new Pixel(
                                    same * red + before * green + after * blue,
                                    after * red + same * green + before * blue,
                                    before * red + after * green + same * blue,
                                    pixel.alpha());
                        }));
    }
}
