// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.guidance;

import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.diffusion.schedule.NoiseSchedule;
import dev.diptych.plugin.diffusion.schedule.PredictionType;

/// Guidance by a gradient, as a change of the prediction: ε̂ = ε - √(1 - ᾱₜ) ∇ log p(y | xₜ). Dhariwal and Nichol, arXiv:2105.05233, algorithm 2.
/// Serves any solver whose x is √ᾱ x₀ + √(1 - ᾱ) ε and whose timesteps are those of the schedule, interpolated between whole ones.
/// [dev.diptych.plugin.diffusion.gaussian.GaussianDiffusion] has the forms of the original, which act after clipping.
public final class GradientGuidance implements Denoiser {
    private final Denoiser denoiser;
    private final Gradient gradient;
    private final NoiseSchedule schedule;
    private final PredictionType prediction;

    /// @param gradient   with its scale, see [Gradient#scaled]
    /// @param schedule   of the network
    /// @param prediction of the network
    public GradientGuidance(Denoiser denoiser, Gradient gradient, NoiseSchedule schedule, PredictionType prediction) {
        this.denoiser = denoiser;
        this.gradient = gradient;
        this.schedule = schedule;
        this.prediction = prediction;
    }

    @Override
    public Tensor predict(Tensor x, double timestep) {
        NoisyPrediction said = NoisyPrediction.of(denoiser, schedule, prediction, x, timestep);
        return said.moved(1 / said.alpha(), gradient.at(x, timestep));
    }
}
