// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.unclip;

import dev.diptych.api.error.NodeException;
import dev.diptych.plugin.diffusion.inversion.DdimPath;
import dev.diptych.plugin.diffusion.inversion.FoundPath;
import dev.diptych.plugin.diffusion.schedule.NoiseSchedule;
import dev.diptych.plugin.diffusion.schedule.PredictionType;
import dev.diptych.plugin.diffusion.schedule.TimestepRespacing;
import dev.diptych.plugin.diffusion.solver.TrainedSchedule;

import java.util.Arrays;
import java.util.List;
import java.util.Map;

/// The levels that a decoder's inversion and its deterministic sampler pass.
final class InversionPaths {
    /// Where a path begins for a network that predicts pictures. Of a picture with hardly any noise such a network tells the noise badly: a small error of the
    /// picture is a large one of the noise.
    private static final int FIRST_FOR_PICTURES = 20;

    private final NoiseSchedule schedule;
    private final PredictionType prediction;

    InversionPaths(Map<String, Object> scheduler, PredictionType prediction) {
        this.schedule = TrainedSchedule.of(scheduler);
        this.prediction = prediction;
    }

    /// @param steps at least 2
    /// @param first the least noisy timestep; null for 0, or 20 if the network predicts pictures
    /// @return ascending
    List<Integer> timesteps(int steps, @org.jspecify.annotations.Nullable Integer first) {
        int trained = schedule.length();
        if (steps < 2 || steps > trained) {
            throw NodeException.user("unclip/steps", "%d steps are outside 2 … %d.", steps, trained);
        }
        int start =
                first != null
                        ? first
                        : prediction == PredictionType.SAMPLE ? Math.min(FIRST_FOR_PICTURES, trained / 4) : 0;
        if (start == 0) {
            return Arrays.stream(TimestepRespacing.deterministic(trained, steps)).boxed().toList();
        }
        if (start < 0 || trained - start <= steps) {
            throw NodeException.user(
                            "unclip/first-timestep",
                            "A path of %d steps cannot begin at timestep %d of %d.",
                            steps,
                            start,
                            trained)
                    .next("Begin earlier, or take fewer steps.");
        }
        Integer[] spaced = new Integer[steps];
        for (int i = 0; i < steps; i++) {
            spaced[i] = start + (int) Math.round(i * (trained - 1.0 - start) / steps);
        }
        return List.of(spaced);
    }

    /// @param timesteps ascending
    FoundPath path(List<Integer> timesteps) {
        return FoundPath.of(schedule, prediction, timesteps);
    }

    /// What sampler and inversions go along.
    DdimPath on(FoundPath path) {
        return path.on(schedule, prediction);
    }
}
