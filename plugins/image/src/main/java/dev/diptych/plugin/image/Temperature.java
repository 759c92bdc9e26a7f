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

/// Warmth and tint of the light.
@Extension
@NodeType(
        id = "image/temperature",
        title = "Temperature",
        group = "Image/Colour",
        description = "Makes a picture warmer or colder, greener or more purple. The defaults change nothing.")
public final class Temperature implements Node<Temperature.In, Temperature.Out> {
    public record In(
            @Help("Picture to change") Image image,
            @Help("Below 0 colder, above 0 warmer") @Range(min = -1, max = 1, step = 0.01) @Default("0") double warmth,
            @Help("Below 0 greener, above 0 more purple") @Range(min = -1, max = 1, step = 0.01) @Default("0")
                    double tint) {}

    public record Out(Image image) {}

    private static final double STRENGTH = 0.35;

    /// Gains of the colours, as a camera's white balance has them; luminance is kept.
    @Override
    public Out run(In in, NodeContext context) {
        double red = Math.exp(STRENGTH * (in.warmth() + in.tint() / 2));
        double green = Math.exp(-STRENGTH * in.tint());
        double blue = Math.exp(STRENGTH * (-in.warmth() + in.tint() / 2));
        return new Out(
                in.image()
                        .mapPixels((pixel, x, y) -> {
                            Pixel gained =
                                    new Pixel(
                                            pixel.red() * red,
                                            pixel.green() * green,
                                            pixel.blue() * blue,
                                            pixel.alpha());
                            double light = gained.luminance() == 0 ? 1 : pixel.luminance() / gained.luminance();
                            return new Pixel(
                                    gained.red() * light, gained.green() * light, gained.blue() * light, pixel.alpha());
                        }));
    }
}
