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

/// A picture turned by any angle.
@Extension
@NodeType(
        id = "image/rotate-by",
        title = "Rotate by an angle",
        group = "Image/Geometry",
        description = "Turns a picture by any angle around its middle.")
public final class RotateBy implements Node<RotateBy.In, RotateBy.Out> {
    public record In(
            @Help("Picture to turn") Image image,
            @Help("Degrees, clockwise") @Range(min = -360, max = 360, step = 0.1) double angle,
            @Help("Grow the canvas so that no corner is lost") @Default("true") boolean expand,
            @Help("Colour of the corners that become free") @Default("#ffffff00") String background) {}

    public record Out(Image image) {}

    @Override
    public Out run(In in, NodeContext context) {
        Image image = in.image();
        double radians = Math.toRadians(in.angle());
        double cos = Math.cos(radians);
        double sin = Math.sin(radians);
        int width = image.width();
        int height = image.height();
        if (in.expand()) {
            width = (int) Math.ceil(Math.abs(image.width() * cos) + Math.abs(image.height() * sin) - 1e-6);
            height = (int) Math.ceil(Math.abs(image.width() * sin) + Math.abs(image.height() * cos) - 1e-6);
            Sizes.requireAtMost(width, height);
        }
        Pixel background = Colors.parse(in.background());
        double middleX = width / 2.0;
        double middleY = height / 2.0;
        return new Out(
                Image.generated(
                        width,
                        height,
                        background.alpha() < 1 ? 4 : image.channels(),
                        (x, y) -> {
                            double dx = x + 0.5 - middleX;
                            double dy = y + 0.5 - middleY;
                            double sourceX = cos * dx + sin * dy + image.width() / 2.0 - 0.5;
                            double sourceY = -sin * dx + cos * dy + image.height() / 2.0 - 0.5;
                            return sample(image, sourceX, sourceY, background);
                        }));
    }

    /// Between the four pixels around a place; what lies outside is background. Colours weigh as much as they are opaque.
    private static Pixel sample(Image image, double x, double y, Pixel background) {
        int left = (int) Math.floor(x);
        int top = (int) Math.floor(y);
        double red = 0;
        double green = 0;
        double blue = 0;
        double alpha = 0;
        for (int i = 0; i < 4; i++) {
            int column = left + (i & 1);
            int row = top + (i >> 1);
            double weight = ((i & 1) == 0 ? 1 - (x - left) : x - left) * ((i >> 1) == 0 ? 1 - (y - top) : y - top);
            boolean isInside = column >= 0 && row >= 0 && column < image.width() && row < image.height();
            Pixel pixel = isInside ? image.pixel(column, row) : background;
            red += weight * pixel.alpha() * pixel.red();
            green += weight * pixel.alpha() * pixel.green();
            blue += weight * pixel.alpha() * pixel.blue();
            alpha += weight * pixel.alpha();
        }
        return alpha <= 0
                ? new Pixel(background.red(), background.green(), background.blue(), 0)
                : new Pixel(red / alpha, green / alpha, blue / alpha, alpha);
    }
}
