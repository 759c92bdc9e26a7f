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
import dev.diptych.api.value.Resampling;

import org.pf4j.Extension;

import java.util.Optional;

/// Another size for the same picture.
@Extension
@NodeType(
        id = "image/resize",
        title = "Resize",
        group = "Image/Geometry",
        description =
                "Makes a picture larger or smaller. A size left open follows from the other, so that nothing is stretched.")
public final class Resize implements Node<Resize.In, Resize.Out> {
    public record In(
            @Help("Picture to resize") Image image,
            @Help("New width in pixels; in proportion to the height if left open")
                    @Range(min = 1, max = 16384, step = 1)
                    Optional<Integer> width,
            @Help("New height in pixels; in proportion to the width if left open")
                    @Range(min = 1, max = 16384, step = 1)
                    Optional<Integer> height,
            @Help("Lanczos is sharpest, area suits strong reduction, nearest keeps hard pixels") @Default("lanczos")
                    Resampling filter) {}

    public record Out(Image image) {}

    @Override
    public Out run(In in, NodeContext context) {
        Image image = in.image();
        if (in.width().isEmpty() && in.height().isEmpty()) {
            throw NodeException.user("image/no-size", "Neither width nor height is given.")
                    .next("Give one of them, or both.");
        }
        int width = in.width().orElseGet(() -> proportional(in.height().orElseThrow(), image.width(), image.height()));
        int height = in.height().orElseGet(() -> proportional(in.width().orElseThrow(), image.height(), image.width()));
        Sizes.requireAtMost(width, height);
        return new Out(in.filter().resize(image, width, height, context::checkCancelled));
    }

    private static int proportional(int given, int wanted, int other) {
        return Math.clamp(Math.round((double) given * wanted / other), 1, Integer.MAX_VALUE);
    }
}
