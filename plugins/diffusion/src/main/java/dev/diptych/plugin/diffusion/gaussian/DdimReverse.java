// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.gaussian;

import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.diffusion.arithmetic.TensorMath;
import dev.diptych.plugin.diffusion.solver.Evaluation;
import dev.diptych.plugin.diffusion.solver.NoiseSource;
import dev.diptych.plugin.diffusion.solver.Solver;
import dev.diptych.plugin.diffusion.solver.StepResult;

import java.util.List;

/// guided-diffusion's `ddim_reverse_sample`.
final class DdimReverse implements Solver {
    private final GaussianDiffusion process;
    private final SamplingHooks hooks;

    DdimReverse(GaussianDiffusion process, SamplingHooks hooks) {
        if (hooks.gradient() != null) {
            throw new IllegalArgumentException("Inversion is not guided by gradients");
        }
        this.process = process;
        this.hooks = hooks;
    }

    @Override
    public List<Evaluation> evaluations() {
        return process.evaluations(true);
    }

    @Override
    public StepResult step(Tensor x, Tensor output, Evaluation at, NoiseSource noise) {
        int index = at.index();
        Tensor denoised = process.moments(x, output, index, hooks).denoised();
        Tensor epsilon = process.epsilonOf(x, denoised, index);
        float alphaNext = (float) process.alphaNext(index);
        float ofDenoised = (float) Math.sqrt(alphaNext);
        float ofEpsilon = (float) Math.sqrt(1 - alphaNext);
        Tensor sample = TensorMath.combine(denoised, epsilon, (a, b) -> a * ofDenoised + ofEpsilon * b);
        return new StepResult(sample, denoised);
    }

    @Override
    public Tensor noised(Tensor clean, Tensor noise, Evaluation at) {
        return process.noised(clean, noise, at.index());
    }
}
