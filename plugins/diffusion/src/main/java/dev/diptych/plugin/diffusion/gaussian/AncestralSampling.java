// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.gaussian;

import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.diffusion.arithmetic.TensorMath;
import dev.diptych.plugin.diffusion.solver.Evaluation;
import dev.diptych.plugin.diffusion.solver.NoiseSource;
import dev.diptych.plugin.diffusion.solver.Solver;
import dev.diptych.plugin.diffusion.solver.StepResult;

import java.util.List;

/// guided-diffusion's `p_sample`.
final class AncestralSampling implements Solver {
    private final GaussianDiffusion process;
    private final SamplingHooks hooks;

    AncestralSampling(GaussianDiffusion process, SamplingHooks hooks) {
        this.process = process;
        this.hooks = hooks;
    }

    @Override
    public List<Evaluation> evaluations() {
        return process.evaluations(false);
    }

    @Override
    public StepResult step(Tensor x, Tensor output, Evaluation at, NoiseSource noise) {
        int index = process.length() - 1 - at.index();
        GaussianDiffusion.Moments moments = process.moments(x, output, index, hooks);
        Tensor draw = noise.normal(x.shape());
        Tensor mean =
                hooks.gradient() == null ? moments.mean() : process.guidedMean(moments, hooks.gradient(), x, index);
        if (index == 0) {
            return new StepResult(mean, moments.denoised());
        }
        Tensor logVariance = moments.logVariance();
        Tensor sample =
                logVariance == null
                        ? TensorMath.linear(1, mean, Math.sqrt(process.fixedVariance(index)), draw)
                        : TensorMath.plusNoise(mean, logVariance, draw);
        return new StepResult(sample, moments.denoised());
    }

    @Override
    public Tensor noised(Tensor clean, Tensor noise, Evaluation at) {
        return process.noised(clean, noise, process.length() - 1 - at.index());
    }
}
