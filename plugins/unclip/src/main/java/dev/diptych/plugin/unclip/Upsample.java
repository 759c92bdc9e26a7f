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
import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.diffusion.picture.Pictures;
import dev.diptych.plugin.diffusion.solver.NoiseSource;

import org.pf4j.Extension;

import java.util.List;
import java.util.Optional;

/// A small picture, large.
@Extension
@NodeType(
        id = "unclip/upsample",
        title = "Upsample",
        group = "unCLIP",
        description =
                "Makes a small picture four times as large, with details that fit: the decoder's 64 pixels 256, or with another model pictures of any size, 256 pixels 1024. The seed stays the same along a series, so that the details stay, too.")
public final class Upsample implements Node<Upsample.In, Upsample.Out> {
    public record In(
            @Help(
                            "Model with super-resolution networks: portraits/unclip for the decoder's pictures, portraits/upsampler-1024 for what that has made of them, or for any picture")
                    @Default("portraits/unclip")
                    ModelReference model,
            @Help("Small picture, from unclip/decode") Image image,
            @Help("Draws the details") @Default("0") @SameForAll Seed seed,
            @Help(
                            "More is slower. Left open, as the authors sample: 7 in Karlo, the last of them by a network of its own; 15 to 1024 pixels")
                    @Range(min = 2, max = 1000, step = 1)
                    Optional<Integer> steps,
            @Help(
                            "Noise on the small picture, which the network is told of: 0 is nearly none and keeps what the picture shows; more hides its blemishes and lets more be invented, try 50 to 300. Only for models that are told, as portraits/upsampler-1024")
                    @Range(min = 0, max = 999, step = 1)
                    Optional<Integer> noiseLevel) {}

    public record Out(
            Image image,
            @Help("One sentence if the device's memory did not suffice for the whole picture at once")
                    List<String> notices) {}

    @Override
    public Out run(In in, NodeContext context) {
        Tensor small = Pictures.tensor(in.image());
        NoiseSource noise = new NoiseGenerator(in.seed())::normal;
        if (!context.components(in.model()).contains(UnclipUpsampler.FIRST)) {
            AdmUpsampler.Enlarged enlarged =
                    new AdmUpsampler(context, in.model())
                            .enlarge(
                                    small,
                                    in.steps().orElse(AdmUpsampler.USUAL_STEPS),
                                    in.noiseLevel().orElse(null),
                                    noise);
            return new Out(Pictures.image(enlarged.picture(), 0), enlarged.notices());
        }
        in.noiseLevel()
                .filter(level -> level > 0)
                .ifPresent(level -> {
                    throw AdmUpsampler.notToldOfNoise(in.model(), level);
                });
        Tensor large =
                new UnclipUpsampler(context, in.model())
                        .enlarge(small, in.steps().orElse(UnclipUpsampler.USUAL_STEPS), noise);
        return new Out(Pictures.image(large, 0), List.of());
    }
}
