// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.solver;

import dev.diptych.plugin.diffusion.schedule.NoiseSchedule;

import java.util.Map;

/// The noise schedule that a `scheduler_config.json` speaks of, for what works on it without a solver: noise augmentation, inversion, guidance by gradients.
public final class TrainedSchedule {
    private TrainedSchedule() {}

    /// By the defaults of the configuration's `_class_name`.
    ///
    /// @throws dev.diptych.api.error.NodeException `diffusion/scheduler-option` naming an option with a wrong value
    public static NoiseSchedule of(Map<String, ?> config) {
        return of(new SchedulerConfig(String.valueOf(config.get("_class_name")), config));
    }

    /* Each scheduler with the options it has: the reference passes over those of others, among them rescale_betas_zero_snr. */
    static NoiseSchedule of(SchedulerConfig config) {
        return switch (config.owner()) {
            case "UnCLIPScheduler" -> TrainedLevels.cosine(config);
            case "HeunDiscreteScheduler" -> TrainedLevels.schedule(config, 0.00085, 0.012, "linear");
            case "PNDMScheduler" -> TrainedLevels.schedule(config, 0.0001, 0.02, "linear");
            case "LCMScheduler" -> TrainedLevels.rescalable(config, 0.00085, 0.012, "scaled_linear");
            case "EulerDiscreteScheduler",
                    "EulerAncestralDiscreteScheduler",
                    "DPMSolverMultistepScheduler",
                    "UniPCMultistepScheduler" ->
                    SigmaLevels.finite(TrainedLevels.rescalable(config, 0.0001, 0.02, "linear"));
            default -> TrainedLevels.rescalable(config, 0.0001, 0.02, "linear");
        };
    }
}
