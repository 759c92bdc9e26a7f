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

/// A picture with stronger edges.
@Extension
@NodeType(
        id = "image/sharpen",
        title = "Sharpen",
        group = "Image/Filter",
        description = "Strengthens edges by the difference from a blurred copy (unsharp mask).")
public final class Sharpen implements Node<Sharpen.In, Sharpen.Out> {
    public record In(
            @Help("Picture to sharpen") Image image,
            @Help("Standard deviation of the blurred copy, in pixels")
                    @Range(min = 0.1, max = 64, step = 0.1)
                    @Default("1.5")
                    double radius,
            @Help("How much of the difference is added") @Range(min = 0, max = 8, step = 0.05) @Default("0.8")
                    double amount,
            @Help("Smaller differences stay as they are, which leaves noise alone")
                    @Range(min = 0, max = 1, step = 0.005)
                    @Default("0")
                    double threshold) {}

    public record Out(Image image) {}

    @Override
    public Out run(In in, NodeContext context) {
        Image image = in.image();
        byte[] sharp = image.bytes().clone();
        byte[] soft = Gaussian.blurred(image, in.radius(), context).bytes();
        int channels = image.channels();
        for (int i = 0; i < sharp.length; i++) {
            if (channels == 4 && i % 4 == 3) {
                continue;
            }
            int difference = (sharp[i] & 255) - (soft[i] & 255);
            if (Math.abs(difference) >= in.threshold() * 255) {
                sharp[i] = (byte) Math.round(Math.clamp((sharp[i] & 255) + in.amount() * difference, 0, 255));
            }
        }
        return new Out(Image.ofBytes(image.width(), image.height(), channels, sharp));
    }
}
