// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.unclip;

import dev.diptych.api.node.Default;
import dev.diptych.api.node.Help;
import dev.diptych.api.node.Node;
import dev.diptych.api.node.NodeContext;
import dev.diptych.api.node.NodeType;
import dev.diptych.api.node.Range;
import dev.diptych.api.node.SameForAll;
import dev.diptych.api.value.Image;
import dev.diptych.api.value.ModelReference;
import dev.diptych.api.value.NoiseGenerator;
import dev.diptych.api.value.Seed;
import dev.diptych.plugin.diffusion.picture.Pictures;

import org.pf4j.Extension;

/// A small picture, large.
@Extension
@NodeType(
        id = "unclip/upsample",
        title = "Upsample",
        group = "unCLIP",
        description =
                "Makes the decoder's small picture four times as large, with details that fit. The seed stays the same along a series, so that the details stay, too.")
public final class Upsample implements Node<Upsample.In, Upsample.Out> {
    public record In(
            @Help("Model with super-resolution networks") @Default("portraits/unclip") ModelReference model,
            @Help("Small picture, from unclip/decode") Image image,
            @Help("Draws the details") @Default("0") @SameForAll Seed seed,
            @Help("7 in Karlo, the last of them by a network of its own")
                    @Default("7")
                    @Range(min = 2, max = 1000, step = 1)
                    int steps) {}

    public record Out(Image image) {}

    @Override
    public Out run(In in, NodeContext context) {
        UnclipUpsampler upsampler = new UnclipUpsampler(context, in.model());
        return new Out(
                Pictures.image(
                        upsampler.enlarge(
                                Pictures.tensor(in.image()), in.steps(), new NoiseGenerator(in.seed())::normal),
                        0));
    }
}
