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
import dev.diptych.api.value.Pixel;

import org.pf4j.Extension;

/// Black point, white point and middle.
@Extension
@NodeType(
        id = "image/levels",
        title = "Levels",
        group = "Image/Colour",
        description =
                "Sets which tones become black and white, and how bright the middle is. The defaults change nothing.")
public final class Levels implements Node<Levels.In, Levels.Out> {
    /// Which colours change.
    public enum Channel {
        ALL,
        RED,
        GREEN,
        BLUE
    }

    public record In(
            @Help("Picture to change") Image image,
            @Help("Tones up to this become black") @Range(min = 0, max = 1, step = 0.01) @Default("0") double black,
            @Help("Tones from this on become white") @Range(min = 0, max = 1, step = 0.01) @Default("1") double white,
            @Help("Above 1 lightens the middle tones, below 1 darkens them")
                    @Range(min = 0.1, max = 10, step = 0.01)
                    @Default("1")
                    double gamma,
            @Help("Which colours change") @Default("all") Channel channel) {}

    public record Out(Image image) {}

    @Override
    public Out run(In in, NodeContext context) {
        if (in.black() >= in.white()) {
            throw NodeException.user(
                            "image/levels-crossed", "\"black\" is %s, \"white\" is %s.", in.black(), in.white())
                    .next("Give black a smaller number than white.");
        }
        return new Out(
                in.image()
                        .mapPixels((pixel, x, y) -> {
                            return new Pixel(
                                    changes(in, Channel.RED) ? tone(in, pixel.red()) : pixel.red(),
                                    changes(in, Channel.GREEN) ? tone(in, pixel.green()) : pixel.green(),
                                    changes(in, Channel.BLUE) ? tone(in, pixel.blue()) : pixel.blue(),
                                    pixel.alpha());
                        }));
    }

    private static boolean changes(In in, Channel channel) {
        return in.channel() == Channel.ALL || in.channel() == channel;
    }

    private static double tone(In in, double value) {
        return Math.pow(Math.clamp((value - in.black()) / (in.white() - in.black()), 0, 1), 1 / in.gamma());
    }
}
