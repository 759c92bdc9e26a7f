// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.gaussian;

import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.diffusion.arithmetic.TensorMath;
import dev.diptych.plugin.diffusion.solver.Evaluation;
import dev.diptych.plugin.diffusion.solver.NoiseSource;
import dev.diptych.plugin.diffusion.solver.Solver;
import dev.diptych.plugin.diffusion.solver.StepResult;

import java.util.List;

/// guided-diffusion's `ddim_sample`: ε is derived anew from the thresholded picture.
final class DdimSampling implements Solver {
    private final GaussianDiffusion process;
    private final double eta;
    private final SamplingHooks hooks;

    DdimSampling(GaussianDiffusion process, double eta, SamplingHooks hooks) {
        this.process = process;
        this.eta = eta;
        this.hooks = hooks;
    }

    @Override
    public List<Evaluation> evaluations() {
        return process.evaluations(false);
    }

    @Override
    public StepResult step(Tensor x, Tensor output, Evaluation at, NoiseSource noise) {
        int index = process.length() - 1 - at.index();
        Tensor denoised = process.moments(x, output, index, hooks).denoised();
        if (hooks.gradient() != null) {
            denoised = process.guidedDenoised(denoised, hooks.gradient(), x, index);
        }
        Tensor epsilon = process.epsilonOf(x, denoised, index);
        double alpha = process.schedule().alphaCumulative(index);
        double alphaPrevious = process.alphaPrevious(index);
        double sigma = eta * Math.sqrt((1 - alphaPrevious) / (1 - alpha)) * Math.sqrt(1 - alpha / alphaPrevious);
        double towards = Math.sqrt(Math.max(0, 1 - alphaPrevious - sigma * sigma));
        Tensor draw = noise.normal(x.shape());
        Tensor sample =
                index == 0 || sigma == 0
                        ? TensorMath.linear(Math.sqrt(alphaPrevious), denoised, towards, epsilon)
                        : TensorMath.linear(Math.sqrt(alphaPrevious), denoised, towards, epsilon, sigma, draw);
        return new StepResult(sample, denoised);
    }

    @Override
    public Tensor noised(Tensor clean, Tensor noise, Evaluation at) {
        return process.noised(clean, noise, process.length() - 1 - at.index());
    }
}
