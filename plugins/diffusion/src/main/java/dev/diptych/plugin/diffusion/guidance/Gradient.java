// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.guidance;

import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.diffusion.arithmetic.TensorMath;

/// Which way a noisy picture fits a condition better: ∇ₓ log p(y | xₜ) of a classifier that knows noise, or of a CLIP that does
/// (∇ₓ 100 ⟨z_text, z_image(xₜ, t)⟩). guided-diffusion's and GLIDE's `cond_fn`; evaluated at xₜ, before the step.
@FunctionalInterface
public interface Gradient {
    /// @param x        the noisy picture
    /// @param timestep as the network is told it
    /// @return of x's shape
    Tensor at(Tensor x, double timestep);

    /// Stronger, or weaker: `classifier_scale`, `grad_scale`.
    default Gradient scaled(double scale) {
        return (x, timestep) -> TensorMath.linear(scale, at(x, timestep));
    }

    /// Both conditions at once, as independent evidence.
    default Gradient and(Gradient other) {
        return (x, timestep) -> TensorMath.linear(1, at(x, timestep), 1, other.at(x, timestep));
    }

    /// Only where an interval says so; nothing is computed elsewhere.
    default Gradient during(TimestepInterval interval) {
        return (x, timestep) -> interval.contains(timestep) ? at(x, timestep) : TensorMath.filled(0, x.shape());
    }
}
