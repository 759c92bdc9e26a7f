// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.image;

import dev.diptych.api.node.Default;
import dev.diptych.api.node.Help;
import dev.diptych.api.node.Node;
import dev.diptych.api.node.NodeContext;
import dev.diptych.api.node.NodeType;
import dev.diptych.api.node.Range;
import dev.diptych.api.value.Image;
import dev.diptych.api.value.Mask;

import org.pf4j.Extension;

/// A mask of what is bright.
@Extension
@NodeType(
        id = "image/threshold-mask",
        title = "Mask from brightness",
        group = "Image/Mask",
        description = "Selects what is brighter than a threshold.")
public final class ThresholdMask implements Node<ThresholdMask.In, ThresholdMask.Out> {
    public record In(
            @Help("Picture to look at") Image image,
            @Help("0 is black, 1 is white") @Range(min = 0, max = 1, step = 0.01) @Default("0.5") double threshold) {}

    public record Out(Mask mask) {}

    @Override
    public Out run(In in, NodeContext context) {
        Image image = in.image();
        return new Out(
                Mask.generated(
                        image.width(),
                        image.height(),
                        (x, y) -> image.pixel(x, y).luminance() >= in.threshold() ? 1 : 0));
    }
}
