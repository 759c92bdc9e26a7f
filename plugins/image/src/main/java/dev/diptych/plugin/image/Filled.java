// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.image;

import dev.diptych.api.node.Default;
import dev.diptych.api.node.Help;
import dev.diptych.api.node.Node;
import dev.diptych.api.node.NodeContext;
import dev.diptych.api.node.NodeType;
import dev.diptych.api.node.Range;
import dev.diptych.api.value.Image;

import org.pf4j.Extension;

/// A picture of one colour.
@Extension
@NodeType(
        id = "image/filled",
        title = "Fill",
        group = "Image/Source",
        description = "A picture of one colour, to draw on or to put others over.")
public final class Filled implements Node<Filled.In, Filled.Out> {
    public record In(
            @Help("Width in pixels") @Range(min = 1, max = 8192, step = 1) @Default("512") int width,
            @Help("Height in pixels") @Range(min = 1, max = 8192, step = 1) @Default("512") int height,
            @Help("Colour as #rrggbb, or #rrggbbaa with an alpha") @Default("#ffffff") String color) {}

    public record Out(Image image) {}

    @Override
    public Out run(In in, NodeContext context) {
        return new Out(Image.filled(in.width(), in.height(), Colors.parse(in.color())));
    }
}
