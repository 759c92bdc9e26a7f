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

/// A blurred picture.
@Extension
@NodeType(id = "image/blur", title = "Blur", group = "Image/Filter", description = "Blurs a picture with a Gaussian.")
public final class Blur implements Node<Blur.In, Blur.Out> {
    public record In(
            @Help("Picture to blur") Image image,
            @Help("Standard deviation in pixels") @Range(min = 0, max = 256, step = 0.1) @Default("4") double radius) {}

    public record Out(Image image) {}

    @Override
    public Out run(In in, NodeContext context) {
        return new Out(Gaussian.blurred(in.image(), in.radius(), context));
    }
}
