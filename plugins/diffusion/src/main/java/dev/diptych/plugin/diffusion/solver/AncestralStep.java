// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.solver;

import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.diffusion.arithmetic.TensorMath;

/// The posterior of one ancestral step between two levels: q(x_{t-1} | x_t, x₀), equations 6 and 7 of Ho et al., arXiv:2006.11239.
///
/// @param beta          the variance that the stride adds, 1 - ᾱ_t / ᾱ_{t-1}
/// @param variance      β̃_t
/// @param fromDenoised  the factor of x₀ in the mean
/// @param fromSample    the factor of x_t in the mean
record AncestralStep(double beta, double variance, double fromDenoised, double fromSample) {

    /// @param alpha, alphaPrevious ᾱ_t and ᾱ_{t-1}
    /// @param beta                 1 - ᾱ_t / ᾱ_{t-1}, as the reference rounds it
    /// @param kept                 ᾱ_t / ᾱ_{t-1}, as the reference rounds it
    static AncestralStep between(double alpha, double alphaPrevious, double beta, double kept) {
        double noise = 1 - alpha;
        double noisePrevious = 1 - alphaPrevious;
        return new AncestralStep(
                beta,
                noisePrevious / noise * beta,
                Math.sqrt(alphaPrevious) * beta / noise,
                Math.sqrt(kept) * noisePrevious / noise);
    }

    Tensor mean(Tensor denoised, Tensor x) {
        return TensorMath.linear(fromDenoised, denoised, fromSample, x);
    }

    /// The mean plus noise of a deviation.
    Tensor sample(Tensor denoised, Tensor x, double deviation, Tensor noise) {
        return TensorMath.linear(fromDenoised, denoised, fromSample, x, deviation, noise);
    }

    /// The mean plus noise whose logarithmic variance lies between two bounds, at (v + 1) / 2.
    Tensor sample(Tensor denoised, Tensor x, double logSmallest, Tensor v, Tensor noise) {
        double logLargest = Math.log(beta);
        Tensor logVariance =
                TensorMath.map(
                        v,
                        value -> {
                            double fraction = (value + 1) / 2;
                            return fraction * logLargest + (1 - fraction) * logSmallest;
                        });
        return TensorMath.plusNoise(mean(denoised, x), logVariance, noise);
    }
}
