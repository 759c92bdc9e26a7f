// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.node.Default;
import dev.diptych.api.node.Help;
import dev.diptych.api.node.Node;
import dev.diptych.api.node.NodeContext;
import dev.diptych.api.node.NodeType;
import dev.diptych.api.node.Range;
import dev.diptych.api.value.Image;
import dev.diptych.api.value.ModelReference;
import dev.diptych.plugin.diffusion.schedule.NoiseSchedule;

import org.pf4j.Extension;

import java.util.Arrays;
import java.util.Optional;

/// How much noise there is at each timestep.
@Extension
@NodeType(
        id = "diffusion/schedule",
        title = "Noise schedule",
        group = "Diffusion",
        description =
                "Says how a picture turns into noise: at timestep t, x = √ᾱ picture + √(1 - ᾱ) noise. Takes the schedule of a model, or one by name, and draws it. Compare linear and cosine: the linear one spends many timesteps on what is noise already.")
public final class Schedule implements Node<Schedule.In, Schedule.Out> {
    public record In(
            @Help("A model whose schedule is taken; left open, the one that is named below")
                    Optional<ModelReference> model,
            @Help(
                            "linear as Ho et al.'s, scaled-linear as Stable Diffusion's, cosine as Nichol and Dhariwal's; of no effect with a model")
                    @Default("linear")
                    BetaFamily family,
            @Help("How many levels of noise there are; of no effect with a model")
                    @Default("1000")
                    @Range(min = 2, max = 10000, step = 1)
                    int timesteps,
            @Help("The variance that the first timestep adds; left open, the usual of the family, or the model's")
                    @Range(min = 0, max = 1, step = 0.0001)
                    Optional<Double> betaStart,
            @Help("The variance that the last timestep adds; left open, the usual of the family, or the model's")
                    @Range(min = 0, max = 1, step = 0.0001)
                    Optional<Double> betaEnd,
            @Help("Stretches the schedule so that nothing of the picture is left at its end") @Default("false")
                    boolean zeroTerminalSnr,
            @Help("Where the figures are read; left open, where noise begins to outweigh the picture")
                    @Range(min = 0, max = 9999, step = 1)
                    Optional<Integer> timestep) {}

    public record Out(
            @Help("For diffusion/forward") BetaSchedule schedule,
            @Help(
                            "Blue the share of the picture √ᾱ, orange that of the noise √(1 - ᾱ), green β as a part of its largest; from timestep 0 on the left. The upright line is where the figures are read")
                    Image plot,
            @Help("The timestep of the figures") int timestep,
            @Help("The variance that it adds") double beta,
            @Help("ᾱ: the share of the picture's variance, 1 for the picture, 0 for noise") double alphaBar,
            @Help("ᾱ / (1 - ᾱ)") double signalToNoise,
            @Help("The first timestep with more noise than picture, or the last if there is none") int halfway,
            @Help("ᾱ of the last timestep: what is left of the picture where sampling begins") double lastAlphaBar) {}

    @Override
    public Out run(In in, NodeContext context) {
        if (in.model().isPresent() && (in.betaStart().isPresent() || in.betaEnd().isPresent())) {
            throw NodeException.user(
                            "diffusion/betas", "The schedule is the model's, whose betas are not to be chosen.")
                    .next("Leave betaStart and betaEnd open, or the model.");
        }
        NoiseSchedule schedule =
                in.model().isPresent()
                        ? ModelSchedule.of(context, in.model().get())
                        : in.family().schedule(in.timesteps(), in.betaStart().orElse(null), in.betaEnd().orElse(null));
        if (in.zeroTerminalSnr()) {
            schedule = schedule.withZeroTerminalSnr();
        }
        double[] levels = schedule.alphasCumulative();
        int halfway = halfway(levels);
        int timestep = in.timestep().orElse(halfway);
        requireTimestep(timestep, schedule);
        double level = levels[timestep];
        double largest = Arrays.stream(schedule.betas()).max().orElse(1);
        Image plot =
                new CurvePlot(levels.length)
                        .mark(timestep)
                        .curve(Arrays.stream(schedule.betas()).map(beta -> beta / largest).toArray(), CurvePlot.GREEN)
                        .curve(Arrays.stream(levels).map(alpha -> Math.sqrt(1 - alpha)).toArray(), CurvePlot.ORANGE)
                        .curve(Arrays.stream(levels).map(Math::sqrt).toArray(), CurvePlot.BLUE)
                        .image();
        return new Out(
                BetaSchedule.of(schedule),
                plot,
                timestep,
                schedule.beta(timestep),
                level,
                level / (1 - level),
                halfway,
                levels[levels.length - 1]);
    }

    private static int halfway(double[] levels) {
        for (int t = 0; t < levels.length; t++) {
            if (levels[t] < 0.5) {
                return t;
            }
        }
        return levels.length - 1;
    }

    /// @throws NodeException `diffusion/timestep`
    static void requireTimestep(int timestep, NoiseSchedule schedule) {
        if (timestep < 0 || timestep >= schedule.length()) {
            throw NodeException.user(
                    "diffusion/timestep",
                    "Timestep %d is outside of the schedule, which has 0 … %d.",
                    timestep,
                    schedule.length() - 1);
        }
    }
}
