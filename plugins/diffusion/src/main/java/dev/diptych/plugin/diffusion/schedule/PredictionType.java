// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.schedule;

import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.diffusion.arithmetic.TensorMath;

/// What a network says about a noisy picture x = α x₀ + σ ε, where α = √ᾱ and σ = √(1 - ᾱ).
public enum PredictionType {
    /// The noise ε. guided-diffusion's `EPSILON`, diffusers' `epsilon`.
    EPSILON,
    /// The picture x₀. guided-diffusion's `START_X`, diffusers' `sample`.
    SAMPLE,
    /// v = α ε - σ x₀. Salimans and Ho, arXiv:2202.00512; diffusers' `v_prediction`.
    VELOCITY;

    /// The picture x₀ that the output speaks of. Where α is 0, ε alone does not say: the result is not finite.
    public Tensor denoised(Tensor x, Tensor output, double alpha, double sigma) {
        return switch (this) {
            case EPSILON -> TensorMath.quotient(x, -sigma, output, alpha);
            case SAMPLE -> output;
            case VELOCITY -> TensorMath.linear(alpha, x, -sigma, output);
        };
    }

    /// The noise ε that the output speaks of. Where σ is 0, x₀ alone does not say: the result is not finite.
    public Tensor epsilon(Tensor x, Tensor output, double alpha, double sigma) {
        return switch (this) {
            case EPSILON -> output;
            case SAMPLE -> TensorMath.linear(1 / sigma, x, -alpha / sigma, output);
            case VELOCITY -> TensorMath.linear(sigma, x, alpha, output);
        };
    }

    /// The output of a network of this type that says ε.
    public Tensor ofEpsilon(Tensor x, Tensor epsilon, double alpha, double sigma) {
        return switch (this) {
            case EPSILON -> epsilon;
            case SAMPLE -> TensorMath.linear(1 / alpha, x, -sigma / alpha, epsilon);
            case VELOCITY -> TensorMath.linear(1 / alpha, epsilon, -sigma / alpha, x);
        };
    }
}
