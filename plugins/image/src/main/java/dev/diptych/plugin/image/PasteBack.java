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
import dev.diptych.api.value.Mask;
import dev.diptych.api.value.Pixel;
import dev.diptych.api.value.Resampling;

import org.pf4j.Extension;

import java.util.Optional;

/// An edited part in its old place.
@Extension
@NodeType(
        id = "image/paste-back",
        title = "Paste back",
        group = "Image/Combine",
        description =
                "Puts an edited part back into the untouched original at its full resolution, with a soft seam. Outside the part not one bit changes.")
public final class PasteBack implements Node<PasteBack.In, PasteBack.Out> {
    public record In(
            @Help("The untouched original") Image original,
            @Help("The edited part, at any resolution") Image edited,
            @Help("Where the part was cut: left edge, in pixels of the original")
                    @Range(min = 0, max = 16384, step = 1)
                    @Default("0")
                    int left,
            @Help("Upper edge") @Range(min = 0, max = 16384, step = 1) @Default("0") int top,
            @Help("Width of the part in the original; as wide as the edited part if left open")
                    @Range(min = 1, max = 16384, step = 1)
                    Optional<Integer> width,
            @Help("Height of the part in the original; as high as the edited part if left open")
                    @Range(min = 1, max = 16384, step = 1)
                    Optional<Integer> height,
            @Help("Pixels over which the part fades in from its edge; edges of the original itself do not fade")
                    @Range(min = 0, max = 512, step = 1)
                    @Default("16")
                    int feather,
            @Help("Only here, a mask of the original's size; everywhere in the part if left open")
                    Optional<Mask> where) {}

    public record Out(Image image) {}

    @Override
    public Out run(In in, NodeContext context) {
        Image original = in.original();
        int width = in.width().orElse(in.edited().width());
        int height = in.height().orElse(in.edited().height());
        if (in.left() + width > original.width() || in.top() + height > original.height()) {
            throw NodeException.user(
                            "image/part-outside",
                            "The part ends at (%d, %d), the original has %d x %d pixels.",
                            in.left() + width,
                            in.top() + height,
                            original.width(),
                            original.height())
                    .next("Give the place and size that the part was cut with.");
        }
        in.where().ifPresent(mask -> Sizes.requireSame("where", mask.width(), mask.height(), "original", original));
        Image part = Resampling.LANCZOS.resize(in.edited(), width, height, context::checkCancelled);
        byte[] bytes = original.bytes().clone();
        int channels = original.channels();
        for (int y = 0; y < height; y++) {
            context.checkCancelled();
            for (int x = 0; x < width; x++) {
                int column = in.left() + x;
                int row = in.top() + y;
                double weight =
                        ramp(in, x, width, in.left(), original.width())
                                * ramp(in, y, height, in.top(), original.height());
                weight *= in.where().map(mask -> mask.coverage(column, row)).orElse(1.0);
                if (weight <= 0) {
                    continue; // not one bit
                }
                Pixel mixed = BlendMode.NORMAL.over(original.pixel(column, row), part.pixel(x, y), weight);
                int at = (row * original.width() + column) * channels;
                bytes[at] = toByte(mixed.red());
                bytes[at + 1] = toByte(mixed.green());
                bytes[at + 2] = toByte(mixed.blue());
                if (channels == 4) {
                    bytes[at + 3] = toByte(mixed.alpha());
                }
            }
        }
        return new Out(Image.ofBytes(original.width(), original.height(), channels, bytes));
    }

    /// From 0 at the part's edge to 1 inside, along one axis.
    private static double ramp(In in, int place, int length, int offset, int whole) {
        if (in.feather() == 0) {
            return 1;
        }
        double fromStart = offset == 0 ? 1 : (place + 0.5) / in.feather();
        double fromEnd = offset + length == whole ? 1 : (length - place - 0.5) / in.feather();
        double linear = Math.clamp(Math.min(fromStart, fromEnd), 0, 1);
        return linear * linear * (3 - 2 * linear);
    }

    private static byte toByte(double value) {
        return (byte) Math.round(Math.clamp(value, 0, 1) * 255);
    }
}
