// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.guidance;

import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.diffusion.arithmetic.Slices;
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
        Tensor output = denoiser.predict(x, timestep);
        double level = schedule.interpolatedAlphaCumulative(timestep);
        double alpha = Math.sqrt(level);
        double sigma = Math.sqrt(1 - level);
        int channels = x.size(1);
        boolean isPlain = output.size(1) == channels;
        Tensor predicted = isPlain ? output : Slices.channels(output, 0, channels);
        Tensor clipped = TensorMath.clamp(prediction.denoised(x, predicted, alpha, sigma), -range, range);
        Tensor epsilon = PredictionType.SAMPLE.epsilon(x, clipped, alpha, sigma);
        Tensor changed = prediction == PredictionType.SAMPLE ? clipped : prediction.ofEpsilon(x, epsilon, alpha, sigma);
        return isPlain ? changed : Slices.joinChannels(changed, Slices.channels(output, channels, output.size(1)));
    }
}
