// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.sampling;

import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.diffusion.solver.Evaluation;
import dev.diptych.plugin.diffusion.solver.StepResult;

/// What a family does with each step's result: put a known region back (inpainting), replace low frequencies (ILVR), keep a frame of a film strip.
@FunctionalInterface
public interface StepHook {
    /// @param result of the solver's step
    /// @param at     the evaluation that the step was made from
    /// @return what the loop goes on with, of the sample's shape
    Tensor after(StepResult result, Evaluation at);
}
