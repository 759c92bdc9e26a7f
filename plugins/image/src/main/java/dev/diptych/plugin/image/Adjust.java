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

/// Brightness, contrast and saturation.
@Extension
@NodeType(
        id = "image/adjust",
        title = "Adjust",
        group = "Image/Colour",
        description = "Changes brightness, contrast, gamma and saturation. The defaults change nothing.")
public final class Adjust implements Node<Adjust.In, Adjust.Out> {
    public record In(
            @Help("Picture to change") Image image,
            @Help("Added to each colour") @Range(min = -1, max = 1, step = 0.01) @Default("0") double brightness,
            @Help("0 is even grey, 1 changes nothing, 2 doubles distances from grey")
                    @Range(min = 0, max = 4, step = 0.01)
                    @Default("1")
                    double contrast,
            @Help("Above 1 lightens the middle tones, below 1 darkens them")
                    @Range(min = 0.1, max = 10, step = 0.01)
                    @Default("1")
                    double gamma,
            @Help("0 is grey, 1 changes nothing") @Range(min = 0, max = 4, step = 0.01) @Default("1")
                    double saturation) {}

    public record Out(Image image) {}

    @Override
    public Out run(In in, NodeContext context) {
        return new Out(
                in.image()
                        .mapPixels((pixel, _, _) -> {
                            double grey = pixel.luminance();
                            return new Pixel(
                                    tone(in, grey + (pixel.red() - grey) * in.saturation()),
                                    tone(in, grey + (pixel.green() - grey) * in.saturation()),
                                    tone(in, grey + (pixel.blue() - grey) * in.saturation()),
                                    pixel.alpha());
                        }));
    }

    private static double tone(In in, double value) {
        double adjusted = (value - 0.5) * in.contrast() + 0.5 + in.brightness();
        return Math.pow(Math.clamp(adjusted, 0, 1), 1 / in.gamma());
    }
}
