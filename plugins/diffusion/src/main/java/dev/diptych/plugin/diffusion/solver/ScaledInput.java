// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.solver;

import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.diffusion.arithmetic.TensorMath;
import dev.diptych.plugin.diffusion.schedule.PredictionType;
import dev.diptych.plugin.diffusion.schedule.TimestepSpacing;

/// Solvers whose x is the picture plus σ times noise, x = x₀ + σ ε, where the network was trained on x / √(σ² + 1).
final class ScaledInput {
    private ScaledInput() {}

    static Tensor of(Tensor x, double sigma) {
        return TensorMath.linear(1 / Math.sqrt(sigma * sigma + 1), x);
    }

    /// The picture the network has in mind.
    static Tensor denoised(PredictionType prediction, Tensor x, Tensor predicted, double sigma) {
        return switch (prediction) {
            case EPSILON -> TensorMath.linear(1, x, -sigma, predicted);
            case SAMPLE -> predicted;
            case VELOCITY ->
                    TensorMath.linear(1 / (sigma * sigma + 1), x, -sigma / Math.sqrt(sigma * sigma + 1), predicted);
        };
    }

    /// `init_noise_sigma`
    static double initialScale(TimestepSpacing spacing, double[] sigmas) {
        double largest = 0;
        for (double sigma : sigmas) {
            largest = Math.max(largest, sigma);
        }
        return spacing == TimestepSpacing.LEADING ? Math.sqrt(largest * largest + 1) : largest;
    }

    static Tensor noised(Tensor clean, Tensor noise, double sigma) {
        return TensorMath.linear(1, clean, sigma, noise);
    }
}
