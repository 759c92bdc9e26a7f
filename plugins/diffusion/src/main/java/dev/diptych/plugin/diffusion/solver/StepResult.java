// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.solver;

import dev.diptych.api.value.Tensor;

/// What one step gives.
///
/// @param sample   x at the next evaluation, or the result after the last
/// @param denoised the picture the network has in mind, after thresholding; for previews
public record StepResult(Tensor sample, Tensor denoised) {}
