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

/// A picture that goes from one colour to another.
@Extension
@NodeType(
        id = "image/gradient",
        title = "Gradient",
        group = "Image/Source",
        description = "A picture that goes evenly from one colour to another.")
public final class Gradient implements Node<Gradient.In, Gradient.Out> {
    /// Where the second colour is.
    public enum Direction {
        RIGHT,
        DOWN,
        OUTWARDS
    }

    public record In(
            @Help("Width in pixels") @Range(min = 1, max = 8192, step = 1) @Default("512") int width,
            @Help("Height in pixels") @Range(min = 1, max = 8192, step = 1) @Default("512") int height,
            @Help("First colour, as #rrggbb or #rrggbbaa") @Default("#20304a") String from,
            @Help("Second colour") @Default("#f2a65a") String to,
            @Help("Where the second colour is") @Default("down") Direction direction) {}

    public record Out(Image image) {}

    @Override
    public Out run(In in, NodeContext context) {
        Pixel from = Colors.parse(in.from());
        Pixel to = Colors.parse(in.to());
        int channels = from.alpha() < 1 || to.alpha() < 1 ? 4 : 3;
        return new Out(
                Image.generated(
                        in.width(), in.height(), channels, (x, y) -> from.mixed(to, share(in, x + 0.5, y + 0.5))));
    }

    private static double share(In in, double x, double y) {
        return switch (in.direction()) {
            case RIGHT -> x / in.width();
            case DOWN -> y / in.height();
            case OUTWARDS -> Math.min(1, Math.hypot(2 * x / in.width() - 1, 2 * y / in.height() - 1));
        };
    }
}
