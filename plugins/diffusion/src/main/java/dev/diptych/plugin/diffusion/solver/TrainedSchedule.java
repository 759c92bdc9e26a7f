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
        String name = String.valueOf(config.get("_class_name"));
        SchedulerConfig options = new SchedulerConfig(name, config);
        return switch (name) {
            case "HeunDiscreteScheduler" -> TrainedLevels.schedule(options, 0.00085, 0.012, "linear");
            case "LCMScheduler" -> TrainedLevels.schedule(options, 0.00085, 0.012, "scaled_linear");
            case "UnCLIPScheduler" -> TrainedLevels.schedule(options, 0.0001, 0.02, "squaredcos_cap_v2");
            case "EulerDiscreteScheduler",
                    "EulerAncestralDiscreteScheduler",
                    "DPMSolverMultistepScheduler",
                    "UniPCMultistepScheduler" ->
                    SigmaLevels.finite(TrainedLevels.schedule(options, 0.0001, 0.02, "linear"));
            default -> TrainedLevels.schedule(options, 0.0001, 0.02, "linear");
        };
    }
}
