// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.solver;

import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.diffusion.arithmetic.TensorMath;
import dev.diptych.plugin.diffusion.schedule.NoiseSchedule;
import dev.diptych.plugin.diffusion.schedule.PredictionType;
import dev.diptych.plugin.diffusion.schedule.TimestepSpacing;

import java.util.List;

/// Euler's method to a level below the next, and fresh noise up to it. diffusers' `EulerAncestralDiscreteScheduler`, after k-diffusion.
///
/// | option | reference |
/// |---|---|
/// | `num_train_timesteps`, `beta_*`, `trained_betas`, `rescale_betas_zero_snr` | `EulerAncestralDiscreteScheduler.__init__` |
/// | `timestep_spacing`, `steps_offset` | `EulerAncestralDiscreteScheduler.set_timesteps` |
/// | `prediction_type`: `epsilon`, `v_prediction` | `EulerAncestralDiscreteScheduler.step` |
///
/// Noise is drawn at every step, the last included.
final class EulerAncestralSolver implements Solver {
    private final PredictionType prediction;
    private final double[] sigmas;
    private final double initialScale;
    private final List<Evaluation> evaluations;

    EulerAncestralSolver(SchedulerConfig config, int steps) {
        NoiseSchedule schedule = TrainedSchedule.of(config);
        prediction = TrainedLevels.prediction(config, "epsilon", "v_prediction");
        TimestepSpacing spacing = TrainedLevels.spacing(config, "linspace", "leading", "trailing", "linspace");
        int trained = schedule.length();
        TrainedLevels.steps(config, steps, 1, trained);
        double[] timesteps = spacing.fractional(trained, steps, TrainedLevels.offset(config));
        evaluations = TrainedLevels.evaluations(config, timesteps, trained);
        sigmas = SigmaLevels.ending(SigmaLevels.at(schedule, timesteps), 0);
        initialScale = ScaledInput.initialScale(spacing, sigmas);
    }

    @Override
    public List<Evaluation> evaluations() {
        return evaluations;
    }

    @Override
    public double initialScale() {
        return initialScale;
    }

    @Override
    public Tensor input(Tensor x, Evaluation at) {
        return ScaledInput.of(x, sigmas[at.index()]);
    }

    @Override
    public double[] sigmas() {
        return sigmas.clone();
    }

    @Override
    public StepResult step(Tensor x, Tensor output, Evaluation at, NoiseSource noise) {
        double from = sigmas[at.index()];
        double to = sigmas[at.index() + 1];
        Tensor denoised = ScaledInput.denoised(prediction, x, NetworkOutput.of(x, output).prediction(), from);
        double up = Math.sqrt(to * to * (from * from - to * to) / (from * from));
        double down = Math.sqrt(to * to - up * up);
        double stride = (down - from) / from;
        Tensor sample = TensorMath.linear(1 + stride, x, -stride, denoised, up, noise.normal(x.shape()));
        return new StepResult(sample, denoised);
    }

    @Override
    public Tensor noised(Tensor clean, Tensor noise, Evaluation at) {
        return ScaledInput.noised(clean, noise, sigmas[at.index()]);
    }
}
