// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.image;

import dev.diptych.api.node.Default;
import dev.diptych.api.node.Help;
import dev.diptych.api.node.Node;
import dev.diptych.api.node.NodeContext;
import dev.diptych.api.node.NodeType;
import dev.diptych.api.node.Range;
import dev.diptych.api.value.Mask;

import org.pf4j.Extension;

/// A selection that reaches further, or less far.
@Extension
@NodeType(
        id = "image/grow-mask",
        title = "Grow mask",
        group = "Image/Mask",
        description = "Moves the edge of a selection outwards, or inwards by a negative number. Corners become round.")
public final class GrowMask implements Node<GrowMask.In, GrowMask.Out> {
    public record In(
            @Help("Mask to change") Mask mask,
            @Help("Pixels; below 0 the selection shrinks") @Range(min = -1024, max = 1024, step = 0.5) @Default("8")
                    double pixels) {}

    public record Out(Mask mask) {}

    /// Half selected counts as selected; the new edge is smooth over one pixel.
    @Override
    public Out run(In in, NodeContext context) {
        Mask mask = in.mask();
        if (in.pixels() == 0) {
            return new Out(mask);
        }
        boolean grows = in.pixels() > 0;
        double radius = Math.abs(in.pixels());
        int width = mask.width();
        byte[] bytes = mask.bytes();
        float[] squared =
                DistanceTransform.squared(width, mask.height(), i -> (bytes[i] & 255) >= 128 == grows, context);
        return new Out(
                Mask.generated(
                        width,
                        mask.height(),
                        (x, y) -> {
                            double reached = Math.clamp(radius - Math.sqrt(squared[y * width + x]) + 0.5, 0, 1);
                            return grows ? reached : 1 - reached;
                        }));
    }
}
