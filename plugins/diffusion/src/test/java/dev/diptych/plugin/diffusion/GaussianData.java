// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion;

import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.diffusion.arithmetic.TensorMath;
import dev.diptych.plugin.diffusion.guidance.Denoiser;
import dev.diptych.plugin.diffusion.schedule.NoiseSchedule;

/// Pictures whose values are normal with a known deviation: the best denoiser, and what every sampler should give, are known exactly.
///
/// @param deviation of the values; their mean is 0
public record GaussianData(double deviation) {

    /// ε at a level, exactly: linear in x.
    public Tensor epsilon(Tensor x, double alphaCumulative) {
        double noise = 1 - alphaCumulative;
        double variance = alphaCumulative * deviation * deviation + noise;
        return TensorMath.linear(Math.sqrt(noise) / variance, x);
    }

    public Denoiser denoiser(NoiseSchedule schedule) {
        return (x, timestep) -> epsilon(x, schedule.alphaCumulative((int) timestep));
    }

    /// Where the ordinary differential equation takes x from one level to another: x / √(α² s² + σ²) stays.
    public double flow(double x, double from, double to) {
        double s = deviation * deviation;
        return x * Math.sqrt((to * s + 1 - to) / (from * s + 1 - from));
    }
}
