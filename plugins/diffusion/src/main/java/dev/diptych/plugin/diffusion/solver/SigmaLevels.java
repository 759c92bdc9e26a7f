// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.solver;

import dev.diptych.plugin.diffusion.schedule.NoiseSchedule;
import dev.diptych.plugin.diffusion.schedule.SigmaSchedule;

import org.jspecify.annotations.Nullable;

/// The levels that a solver over sigmas visits, with the timesteps the network is told there.
///
/// @param sigmas    descending; one more than there are timesteps, the last where the run ends
/// @param timesteps as long as the levels visited
record SigmaLevels(double[] sigmas, double[] timesteps) {

    /// The sigmas of the trained levels at given timesteps, interpolated between whole ones. `numpy.interp`.
    static double[] at(NoiseSchedule schedule, double[] timesteps) {
        double[] trained = schedule.sigmas();
        double[] sigmas = new double[timesteps.length];
        for (int i = 0; i < sigmas.length; i++) {
            double t = Math.min(Math.max(timesteps[i], 0), trained.length - 1);
            int below = (int) t;
            sigmas[i] =
                    below == t ? trained[below] : trained[below] + (t - below) * (trained[below + 1] - trained[below]);
        }
        return sigmas;
    }

    /// The timesteps at which the trained levels have given sigmas, interpolated in log σ: `_sigma_to_t`.
    static double[] timestepsOf(NoiseSchedule schedule, double[] sigmas) {
        float[] logs = new float[schedule.length()];
        for (int t = 0; t < logs.length; t++) {
            logs[t] = (float) Math.log(schedule.sigma(t));
        }
        double[] timesteps = new double[sigmas.length];
        for (int i = 0; i < sigmas.length; i++) {
            double log = Math.log(Math.max(sigmas[i], 1e-10));
            int low = 0;
            for (int t = 0; t < logs.length; t++) {
                if (log >= logs[t]) {
                    low = t;
                }
            }
            low = Math.max(0, Math.min(low, logs.length - 2));
            double weight = (logs[low] - log) / (double) (logs[low] - logs[low + 1]);
            weight = Math.min(Math.max(weight, 0), 1);
            timesteps[i] = (1 - weight) * low + weight * (low + 1);
        }
        return timesteps;
    }

    /// The sigma schedule that a configuration asks for by `use_karras_sigmas`, `use_exponential_sigmas` or `use_beta_sigmas`; null if by none.
    static @Nullable SigmaSchedule schedule(SchedulerConfig config) {
        boolean karras = config.flag("use_karras_sigmas", false);
        boolean exponential = config.flag("use_exponential_sigmas", false);
        boolean beta = config.flag("use_beta_sigmas", false);
        if ((karras ? 1 : 0) + (exponential ? 1 : 0) + (beta ? 1 : 0) > 1) {
            throw config.wrong(
                    "use_karras_sigmas",
                    true,
                    "one of use_karras_sigmas, use_exponential_sigmas, use_beta_sigmas at a time");
        }
        return karras
                ? SigmaSchedule.karras()
                : exponential ? SigmaSchedule.exponential() : beta ? SigmaSchedule.beta() : null;
    }

    /// `final_sigmas_type`: 0, or the least trained sigma.
    static double last(SchedulerConfig config, NoiseSchedule schedule) {
        return config.choice("final_sigmas_type", "zero", "zero", "sigma_min").equals("zero") ? 0 : schedule.sigma(0);
    }

    /// The sigmas rounded to float32, with the final one behind them.
    static double[] ending(double[] sigmas, double last) {
        double[] rounded = new double[sigmas.length + 1];
        for (int i = 0; i < sigmas.length; i++) {
            rounded[i] = (float) sigmas[i];
        }
        rounded[sigmas.length] = (float) last;
        return rounded;
    }

    static double[] rounded(double[] timesteps) {
        for (int i = 0; i < timesteps.length; i++) {
            timesteps[i] = Math.rint(timesteps[i]);
        }
        return timesteps;
    }

    /// Whole timesteps, downwards: the largest sigma's may be the one below, as rounding in the reference has it.
    static double[] truncated(double[] timesteps) {
        for (int i = 0; i < timesteps.length; i++) {
            timesteps[i] = (long) timesteps[i];
        }
        return timesteps;
    }

    static double[] single(double[] timesteps) {
        for (int i = 0; i < timesteps.length; i++) {
            timesteps[i] = (float) timesteps[i];
        }
        return timesteps;
    }

    /// The trained levels of solvers that divide by the signal: a last level of pure noise becomes 2⁻²⁴.
    static NoiseSchedule finite(NoiseSchedule schedule) {
        return schedule.alphaCumulative(schedule.length() - 1) == 0 ? schedule.withLastLevel(0x1p-24) : schedule;
    }
}
