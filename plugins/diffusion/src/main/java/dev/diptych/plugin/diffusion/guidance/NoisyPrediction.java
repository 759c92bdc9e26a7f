// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.guidance;

import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.diffusion.arithmetic.Slices;
import dev.diptych.plugin.diffusion.arithmetic.TensorMath;
import dev.diptych.plugin.diffusion.schedule.NoiseSchedule;
import dev.diptych.plugin.diffusion.schedule.PredictionType;

/// What a network says of x = α x₀ + σ ε, and how it would have said something else. What it says of the variance stays.
///
/// @param x      the noisy picture
/// @param output the network's, of x's shape, or with channels for the variance behind
/// @param type   of the network
/// @param alpha  √ᾱ
/// @param sigma  √(1 - ᾱ)
record NoisyPrediction(Tensor x, Tensor output, PredictionType type, double alpha, double sigma) {

    /// Asks a network.
    ///
    /// @param timestep of the schedule, also between two whole ones
    static NoisyPrediction of(
            Denoiser denoiser, NoiseSchedule schedule, PredictionType type, Tensor x, double timestep) {
        double level = schedule.interpolatedAlphaCumulative(timestep);
        return new NoisyPrediction(x, denoiser.predict(x, timestep), type, Math.sqrt(level), Math.sqrt(1 - level));
    }

    /// The picture x₀ that it speaks of.
    Tensor denoised() {
        return type.denoised(x, predicted(), alpha, sigma);
    }

    /// The output of a network that means another picture.
    Tensor meaning(Tensor denoised) {
        if (type == PredictionType.SAMPLE) {
            return joined(denoised);
        }
        return joined(type.ofEpsilon(x, PredictionType.SAMPLE.epsilon(x, denoised, alpha, sigma), alpha, sigma));
    }

    /// The output of a network that means x₀ + σ² factor g: with the factor 1/α, ε - σ g.
    Tensor moved(double factor, Tensor gradient) {
        double push =
                switch (type) {
                    case EPSILON -> -sigma * alpha;
                    case SAMPLE -> sigma * sigma;
                    case VELOCITY -> -sigma;
                };
        return joined(TensorMath.linear(1, predicted(), push * factor, gradient));
    }

    private Tensor predicted() {
        return isPlain() ? output : Slices.channels(output, 0, x.size(1));
    }

    private Tensor joined(Tensor changed) {
        return isPlain() ? changed : Slices.joinChannels(changed, Slices.channels(output, x.size(1), output.size(1)));
    }

    private boolean isPlain() {
        return output.size(1) == x.size(1);
    }
}
