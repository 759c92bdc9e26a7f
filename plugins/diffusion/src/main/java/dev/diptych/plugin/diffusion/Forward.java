// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.node.Default;
import dev.diptych.api.node.Help;
import dev.diptych.api.node.Node;
import dev.diptych.api.node.NodeContext;
import dev.diptych.api.node.NodeType;
import dev.diptych.api.node.Range;
import dev.diptych.api.node.SameForAll;
import dev.diptych.api.value.Image;
import dev.diptych.api.value.Latent;
import dev.diptych.api.value.NoiseGenerator;
import dev.diptych.api.value.Seed;
import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.diffusion.inversion.LatentOrigin;
import dev.diptych.plugin.diffusion.picture.Pictures;
import dev.diptych.plugin.diffusion.schedule.NoiseSchedule;

import org.pf4j.Extension;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;

/// A picture with noise: q(x_t | x_0).
@Extension
@NodeType(
        id = "diffusion/forward",
        title = "Forward diffusion",
        group = "Diffusion",
        description =
                "Adds to a picture the noise of a timestep, in one stride: x = √ᾱ picture + √(1 - ᾱ) noise. Give a list of timesteps and the same seed to see it drown; outlines go before colours.")
public final class Forward implements Node<Forward.In, Forward.Out> {
    public record In(
            @Help("Picture to drown") Image image,
            @Help("From diffusion/schedule; left open, the linear one of 1000 timesteps")
                    Optional<BetaSchedule> schedule,
            @Help("0 is the least noise, the schedule's last the most")
                    @Default("250")
                    @Range(min = 0, max = 9999, step = 1)
                    int timestep,
            @Help("Another seed, other noise. The same for all timesteps of a list") @SameForAll @Default("0")
                    Seed seed,
            @Help("Noise to add, of the picture's size; left open, drawn from the seed") Optional<Latent> noise,
            @Help("Takes the middle square at this size in pixels; left open, the picture stays as it is")
                    @Range(min = 1, max = 4096, step = 1)
                    Optional<Integer> side) {}

    public record Out(
            @Help("The noisy picture; values beyond black and white are cut off") Image image,
            @Help("The noisy picture with all its values") Latent latent,
            @Help("ᾱ: the share of the picture's variance") double alphaBar,
            @Help("ᾱ / (1 - ᾱ)") double signalToNoise) {}

    @Override
    public Out run(In in, NodeContext context) {
        NoiseSchedule schedule =
                in.schedule().map(BetaSchedule::levels).orElseGet(() -> BetaFamily.LINEAR.schedule(1000, null, null));
        Schedule.requireTimestep(in.timestep(), schedule);
        Image picture =
                in.side().isPresent()
                        ? Pictures.square(in.image(), in.side().get(), context::checkCancelled)
                        : in.image();
        Tensor clean = Pictures.tensor(picture);
        Tensor noise =
                in.noise().isPresent()
                        ? requireShape(in.noise().get().tensor(), clean)
                        : new NoiseGenerator(in.seed()).normal(clean.shape());
        Tensor noisy = schedule.noised(clean, noise, in.timestep());
        double level = schedule.alphaCumulative(in.timestep());
        Latent latent =
                new Latent(
                        noisy,
                        Map.of(
                                LatentOrigin.MADE_BY,
                                LatentOrigin.FORWARD,
                                "timestep",
                                String.valueOf(in.timestep()),
                                "alphaBar",
                                level + ""));
        return new Out(Channels.image(noisy), latent, level, level / (1 - level));
    }

    private static Tensor requireShape(Tensor noise, Tensor clean) {
        if (!Arrays.equals(noise.shape(), clean.shape())) {
            throw NodeException.user(
                            "diffusion/noise-shape",
                            "The noise has the shape %s, the picture %s.",
                            Arrays.toString(noise.shape()),
                            Arrays.toString(clean.shape()))
                    .next("Draw noise of the picture's size with diffusion/noise, or leave it open.");
        }
        return noise;
    }
}
