// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.guidance;

import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.diffusion.arithmetic.TensorMath;
import dev.diptych.plugin.diffusion.schedule.NoiseSchedule;
import dev.diptych.plugin.diffusion.schedule.PredictionType;

/// Keeps the pictures that a network has in mind within a range, for solvers that do not: the output is changed to that of a network which meant the clipped picture.
/// Serves the solvers that [GradientGuidance] serves.
public final class ClippedPrediction implements Denoiser {
    private final Denoiser denoiser;
    private final NoiseSchedule schedule;
    private final PredictionType prediction;
    private final double range;

    /// @param range pictures lie in -range … range
    public ClippedPrediction(Denoiser denoiser, NoiseSchedule schedule, PredictionType prediction, double range) {
        this.denoiser = denoiser;
        this.schedule = schedule;
        this.prediction = prediction;
        this.range = range;
    }

    @Override
    public Tensor predict(Tensor x, double timestep) {
        NoisyPrediction said = NoisyPrediction.of(denoiser, schedule, prediction, x, timestep);
        return said.meaning(TensorMath.clamp(said.denoised(), -range, range));
    }
}
