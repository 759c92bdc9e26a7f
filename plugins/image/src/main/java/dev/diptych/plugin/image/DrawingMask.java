// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.image;

import dev.diptych.api.node.Default;
import dev.diptych.api.node.Help;
import dev.diptych.api.node.Node;
import dev.diptych.api.node.NodeContext;
import dev.diptych.api.node.NodeType;
import dev.diptych.api.value.Image;
import dev.diptych.api.value.Mask;
import dev.diptych.api.value.Pixel;

import org.pf4j.Extension;

/// What somebody has painted.
@Extension
@NodeType(
        id = "image/drawing-mask",
        title = "Mask from a drawing",
        group = "Image/Mask",
        description = "Selects what was painted: the opaque part of a transparent drawing, else its light part.")
public final class DrawingMask implements Node<DrawingMask.In, DrawingMask.Out> {
    /// What counts as painted.
    public enum Painted {
        AUTOMATIC,
        ALPHA,
        BRIGHTNESS
    }

    public record In(
            @Help("Drawing, such as a layer of a paint program") Image drawing,
            @Help(
                            "Alpha takes what is opaque, brightness what is light; automatic takes alpha where the drawing has some")
                    @Default("automatic")
                    Painted painted) {}

    public record Out(Mask mask) {}

    @Override
    public Out run(In in, NodeContext context) {
        Image drawing = in.drawing();
        boolean takesAlpha =
                switch (in.painted()) {
                    case ALPHA -> true;
                    case BRIGHTNESS -> false;
                    case AUTOMATIC -> isTransparentSomewhere(drawing);
                };
        return new Out(
                Mask.generated(
                        drawing.width(),
                        drawing.height(),
                        (x, y) -> {
                            Pixel pixel = drawing.pixel(x, y);
                            return takesAlpha ? pixel.alpha() : pixel.luminance() * pixel.alpha();
                        }));
    }

    private static boolean isTransparentSomewhere(Image drawing) {
        if (drawing.hasAlpha()) {
            byte[] bytes = drawing.bytes();
            for (int i = 3; i < bytes.length; i += 4) {
                if (bytes[i] != -1) {
                    return true;
                }
            }
        }
        return false;
    }
}
