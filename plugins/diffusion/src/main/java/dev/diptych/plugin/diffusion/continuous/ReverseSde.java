// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.continuous;

import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.diffusion.arithmetic.TensorMath;
import dev.diptych.plugin.diffusion.schedule.PredictionType;
import dev.diptych.plugin.diffusion.solver.Evaluation;
import dev.diptych.plugin.diffusion.solver.NetworkOutput;
import dev.diptych.plugin.diffusion.solver.NoiseSource;
import dev.diptych.plugin.diffusion.solver.Solver;
import dev.diptych.plugin.diffusion.solver.StepResult;

import java.util.Arrays;
import java.util.List;

/// dx = (-½ β x - β score) dt + √β dw̄, equation 6 of Song et al., by Euler and Maruyama: score_sde's `EulerMaruyamaPredictor`, whose last step gives the
/// mean, too. The reference divides 1 into strides and begins the last at `end`; here strides end there, so that few steps stay stable.
final class ReverseSde implements Solver {
    private final VariancePreserving process;
    private final double[] times;

    ReverseSde(VariancePreserving process, double[] times) {
        this.process = process;
        this.times = times;
    }

    @Override
    public List<Evaluation> evaluations() {
        return process.evaluations(Arrays.copyOf(times, times.length - 1));
    }

    @Override
    public StepResult step(Tensor x, Tensor output, Evaluation at, NoiseSource noise) {
        double t = times[at.index()];
        double stride = t - times[at.index() + 1];
        double beta = process.beta(t);
        double deviation = process.deviation(t);
        Tensor epsilon = NetworkOutput.of(x, output).prediction();
        Tensor denoised = PredictionType.EPSILON.denoised(x, epsilon, process.signal(t), deviation);
        double kept = 1 + beta * stride / 2;
        double removed = -beta * stride / deviation;
        Tensor sample = at.index() == times.length - 2
                ? TensorMath.linear(kept, x, removed, epsilon)
                : TensorMath.linear(kept, x, removed, epsilon, Math.sqrt(beta * stride), noise.normal(x.shape()));
        return new StepResult(sample, denoised);
    }

    @Override
    public Tensor noised(Tensor clean, Tensor noise, Evaluation at) {
        double t = times[at.index()];
        return TensorMath.linear(process.signal(t), clean, process.deviation(t), noise);
    }
}
