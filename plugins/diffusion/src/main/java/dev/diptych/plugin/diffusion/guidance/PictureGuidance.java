// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.guidance;

import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.diffusion.arithmetic.TensorMath;
import dev.diptych.plugin.diffusion.schedule.NoiseSchedule;
import dev.diptych.plugin.diffusion.schedule.PredictionType;

/// Guidance by a judge that knows no noise, such as an ordinary CLIP. It is shown the picture that the network has in mind, mixed with what is there:
/// x_in = σ x₀ + (1 - σ) x. The form of Crowson's CLIP guided diffusion and of diffusers' `clip_guided_stable_diffusion`, whose `fac` is σ = √(1 - ᾱ).
///
/// ε̂ = ε - σ (σ α + 1 - σ) ∇, with ∇ at x_in. The derivative goes through the judge alone. How x₀ follows x would take the network's own; it counts as α, what it is for
/// data of variance one. So a gradient moves x₀ by about itself at every level, also where nearly all is noise.
///
/// Serves the solvers that [GradientGuidance] serves, and those of [dev.diptych.plugin.diffusion.gaussian.GaussianDiffusion], where it acts before clipping.
public final class PictureGuidance implements Denoiser {
    private final Denoiser denoiser;
    private final Gradient gradient;
    private final NoiseSchedule schedule;
    private final PredictionType prediction;

    /// @param denoiser   with other guidance inside
    /// @param gradient   with its scale; it is asked about pictures without noise, and may pass over the timestep
    /// @param schedule   of the network
    /// @param prediction of the network
    public PictureGuidance(Denoiser denoiser, Gradient gradient, NoiseSchedule schedule, PredictionType prediction) {
        this.denoiser = denoiser;
        this.gradient = gradient;
        this.schedule = schedule;
        this.prediction = prediction;
    }

    @Override
    public Tensor predict(Tensor x, double timestep) {
        NoisyPrediction said = NoisyPrediction.of(denoiser, schedule, prediction, x, timestep);
        double sigma = said.sigma();
        Tensor seen = TensorMath.linear(sigma, said.denoised(), 1 - sigma, x);
        double slope = sigma + said.alpha() / (1 + sigma); // (σ α + 1 - σ) / α, also where α is 0
        return said.moved(slope, gradient.at(seen, timestep));
    }
}
