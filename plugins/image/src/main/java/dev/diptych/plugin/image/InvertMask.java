// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.image;

import dev.diptych.api.node.Help;
import dev.diptych.api.node.Node;
import dev.diptych.api.node.NodeContext;
import dev.diptych.api.node.NodeType;
import dev.diptych.api.value.Image;
import dev.diptych.api.value.Mask;

import org.pf4j.Extension;

/// What a mask leaves out.
@Extension
@NodeType(
        id = "image/invert-mask",
        title = "Invert mask",
        group = "Image/Mask",
        description = "Selects what was not selected.")
public final class InvertMask implements Node<InvertMask.In, InvertMask.Out> {
    public record In(@Help("Mask to invert") Mask mask) {}

    public record Out(Mask mask) {}

    @Override
    public Out run(In in, NodeContext context) {
        Mask mask = in.mask();
        return new Out(Mask.generated(mask.width(), mask.height(), (x, y) -> 1 - mask.coverage(x, y)));
    }
}
