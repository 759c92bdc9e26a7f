// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.solver;

import dev.diptych.api.error.NodeException;
import dev.diptych.plugin.diffusion.schedule.NoiseSchedule;
import dev.diptych.plugin.diffusion.schedule.SigmaSchedule;
import dev.diptych.plugin.diffusion.schedule.TimestepSpacing;

/// The levels that diffusers' multistep schedulers visit: `set_timesteps` of `DPMSolverMultistepScheduler` and `UniPCMultistepScheduler`.
final class MultistepTimesteps {
    private MultistepTimesteps() {}

    /// `DPMSolverMultistepScheduler.set_timesteps`
    static SigmaLevels ofDpmSolver(SchedulerConfig config, NoiseSchedule schedule, int steps) {
        TimestepSpacing spacing = TrainedLevels.spacing(config, "linspace", "leading", "trailing", "linspace");
        int offset = TrainedLevels.offset(config);
        int visitable =
                schedule.length() - clipped(schedule, config.number("lambda_min_clipped", Double.NEGATIVE_INFINITY));
        SigmaSchedule chosen = SigmaLevels.schedule(config);
        boolean uniform = config.flag("use_lu_lambdas", false);
        boolean cosine =
                config.choice(
                                "beta_schedule",
                                "linear",
                                "linear",
                                "scaled_linear",
                                "squaredcos_cap_v2",
                                "sigmoid",
                                "laplace",
                                "exp")
                        .equals("squaredcos_cap_v2");
        boolean karras = config.flag("use_karras_sigmas", false);
        double last = SigmaLevels.last(config, schedule);
        double smallest = config.number("sigma_min", schedule.sigma(0));
        double largest = config.number("sigma_max", schedule.sigma(schedule.length() - 1));
        double[] sigmas;
        double[] timesteps;
        if (chosen == null && !uniform) {
            timesteps = spacing.multistep(schedule.length(), visitable, steps, offset);
            TrainedLevels.evaluations(config, timesteps, schedule.length());
            sigmas = SigmaLevels.at(schedule, timesteps);
        } else {
            /* As in the reference, Karras's go before uniform λ, which go before the others. */
            sigmas =
                    chosen != null && (karras || !uniform)
                            ? chosen.sigmas(smallest, largest, steps)
                            : SigmaSchedule.exponential().sigmas(ofRoundedLog(smallest), ofRoundedLog(largest), steps);
            timesteps = SigmaLevels.timestepsOf(schedule, sigmas);
            if ((karras || uniform) && !cosine) {
                SigmaLevels.rounded(timesteps);
            }
        }
        requireDistinct(config, sigmas);
        return new SigmaLevels(SigmaLevels.ending(sigmas, last), SigmaLevels.truncated(timesteps));
    }

    /* Between equal levels nothing can be extrapolated: the reference divides by zero, and its picture is no number. */
    private static void requireDistinct(SchedulerConfig config, double... sigmas) {
        for (int i = 1; i < sigmas.length; i++) {
            if (sigmas[i] == sigmas[i - 1]) {
                throw NodeException.user(
                                "diffusion/steps",
                                "%s: there are not so many levels of noise: of %d steps two would be at the same.",
                                config.owner(),
                                sigmas.length)
                        .next("Use fewer steps.");
            }
        }
    }

    private static double ofRoundedLog(double sigma) {
        return Math.exp((float) Math.log(sigma));
    }

    /* How many of the noisiest levels lie below a logarithmic signal-to-noise ratio: searchsorted over flipped λ. */
    private static int clipped(NoiseSchedule schedule, double smallest) {
        int count = 0;
        for (int t = schedule.length() - 1; t >= 0; t--) {
            float alpha = (float) schedule.alphaCumulative(t);
            float lambda = (float) Math.log((float) Math.sqrt(alpha)) - (float) Math.log((float) Math.sqrt(1f - alpha));
            if (lambda >= smallest) {
                break;
            }
            count++;
        }
        return count;
    }

    /// `UniPCMultistepScheduler.set_timesteps`
    static SigmaLevels ofUniPc(SchedulerConfig config, NoiseSchedule schedule, int steps) {
        TimestepSpacing spacing = TrainedLevels.spacing(config, "linspace", "leading", "trailing", "linspace");
        int offset = TrainedLevels.offset(config);
        SigmaSchedule chosen = SigmaLevels.schedule(config);
        Double smallest = config.number("sigma_min");
        Double largest = config.number("sigma_max");
        double last = SigmaLevels.last(config, schedule);
        if (chosen == null) {
            double[] timesteps = spacing.multistep(schedule.length(), schedule.length(), steps, offset);
            TrainedLevels.evaluations(config, timesteps, schedule.length());
            double[] sigmas = SigmaLevels.at(schedule, timesteps);
            requireDistinct(config, sigmas);
            return new SigmaLevels(SigmaLevels.ending(sigmas, last), timesteps);
        }
        double[] sigmas =
                chosen.sigmas(
                        smallest != null ? smallest : schedule.sigma(0),
                        largest != null ? largest : schedule.sigma(schedule.length() - 1),
                        steps);
        double[] timesteps = SigmaLevels.timestepsOf(schedule, sigmas);
        if (config.flag("use_karras_sigmas", false)) {
            SigmaLevels.rounded(timesteps);
        }
        double end = last == 0 ? 0 : sigmas[sigmas.length - 1];
        return new SigmaLevels(SigmaLevels.ending(sigmas, end), SigmaLevels.truncated(timesteps));
    }
}
