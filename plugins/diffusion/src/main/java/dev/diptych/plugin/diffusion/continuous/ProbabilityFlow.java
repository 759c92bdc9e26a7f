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

import org.jspecify.annotations.Nullable;

import java.util.Arrays;
import java.util.List;

/// dx/dt = -½ β(t) (x + score), equation 13 of Song et al., with score = -ε / σ(t), by Heun's method. score_sde's `get_ode_sampler` leaves the method to SciPy.
final class ProbabilityFlow implements Solver {
    private final VariancePreserving process;
    private final double[] times;
    private final double[] evaluated;

    private @Nullable Tensor start;
    private @Nullable Tensor startSlope;

    ProbabilityFlow(VariancePreserving process, double[] times) {
        this.process = process;
        this.times = times;
        evaluated = new double[2 * (times.length - 1)];
        Arrays.setAll(evaluated, i -> times[(i + 1) / 2]);
    }

    @Override
    public List<Evaluation> evaluations() {
        return process.evaluations(evaluated);
    }

    @Override
    public int evaluationsPerLevel() {
        return 2;
    }

    @Override
    public StepResult step(Tensor x, Tensor output, Evaluation at, NoiseSource noise) {
        double t = evaluated[at.index()];
        double rate = -0.5 * process.beta(t);
        double deviation = process.deviation(t);
        Tensor epsilon = NetworkOutput.of(x, output).prediction();
        Tensor slope = TensorMath.linear(rate, x, -rate / deviation, epsilon);
        Tensor denoised = PredictionType.EPSILON.denoised(x, epsilon, process.signal(t), deviation);
        int level = at.index() / 2;
        double stride = times[level + 1] - times[level];
        Tensor from = start;
        Tensor fromSlope = startSlope;
        if (from == null || fromSlope == null) {
            start = x;
            startSlope = slope;
            return new StepResult(TensorMath.linear(1, x, stride, slope), denoised);
        }
        start = null;
        startSlope = null;
        return new StepResult(TensorMath.linear(1, from, stride / 2, fromSlope, stride / 2, slope), denoised);
    }

    @Override
    public Tensor noised(Tensor clean, Tensor noise, Evaluation at) {
        double t = evaluated[at.index()];
        return TensorMath.linear(process.signal(t), clean, process.deviation(t), noise);
    }
}
