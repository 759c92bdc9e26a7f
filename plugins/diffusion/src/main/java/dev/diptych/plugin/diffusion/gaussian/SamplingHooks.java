// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.gaussian;

import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.diffusion.guidance.Gradient;
import dev.diptych.plugin.diffusion.solver.Thresholding;

import org.jspecify.annotations.Nullable;

import java.util.function.UnaryOperator;

/// What a caller may change in a step: the arguments of guided-diffusion's `p_sample` and `ddim_sample`.
///
/// @param denoised     applied to the predicted picture, before the thresholding: `denoised_fn`
/// @param thresholding `clip_denoised`, or dynamic
/// @param gradient     `cond_fn` with its scale, or null
public record SamplingHooks(UnaryOperator<Tensor> denoised, Thresholding thresholding, @Nullable Gradient gradient) {

    /// Values are clipped to -1 … 1, as by default in the reference.
    public static SamplingHooks clipping() {
        return new SamplingHooks(UnaryOperator.identity(), Thresholding.clip(1), null);
    }

    /// Nothing is changed. What inversion needs.
    public static SamplingHooks none() {
        return new SamplingHooks(UnaryOperator.identity(), Thresholding.none(), null);
    }

    /// With another function of the predicted picture.
    public SamplingHooks withDenoised(UnaryOperator<Tensor> function) {
        return new SamplingHooks(function, thresholding, gradient);
    }

    /// With another range.
    public SamplingHooks withThresholding(Thresholding range) {
        return new SamplingHooks(denoised, range, gradient);
    }

    /// With guidance.
    public SamplingHooks withGradient(Gradient condition) {
        return new SamplingHooks(denoised, thresholding, condition);
    }
}
