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

/// A selection with a soft edge.
@Extension
@NodeType(
        id = "image/feather-mask",
        title = "Feather mask",
        group = "Image/Mask",
        description = "Makes the edge of a selection soft.")
public final class FeatherMask implements Node<FeatherMask.In, FeatherMask.Out> {
    public record In(
            @Help("Mask to soften") Mask mask,
            @Help("Standard deviation of the blur, in pixels") @Range(min = 0, max = 256, step = 0.5) @Default("6")
                    double radius) {}

    public record Out(Mask mask) {}

    @Override
    public Out run(In in, NodeContext context) {
        Mask mask = in.mask();
        float[] plane = new float[mask.width() * mask.height()];
        for (int i = 0; i < plane.length; i++) {
            plane[i] = mask.bytes()[i] & 255;
        }
        float[] soft = Gaussian.blurred(plane, mask.width(), mask.height(), in.radius(), context);
        byte[] bytes = new byte[plane.length];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) Math.round(Math.clamp(soft[i], 0f, 255f));
        }
        return new Out(Mask.ofBytes(mask.width(), mask.height(), bytes));
    }
}
