// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.solver;

import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.diffusion.schedule.NoiseSchedule;
import dev.diptych.plugin.diffusion.schedule.PredictionType;
import dev.diptych.plugin.diffusion.schedule.VarianceType;

import java.util.List;

/// Ancestral sampling as Karlo does it, over timesteps that hold both ends: diffusers' `UnCLIPScheduler`.
///
/// | option | reference |
/// |---|---|
/// | `num_train_timesteps`, `beta_schedule` (`squaredcos_cap_v2` only) | `UnCLIPScheduler.__init__` |
/// | `variance_type`: `fixed_small_log`, `learned_range` | `UnCLIPScheduler._get_variance` |
/// | `prediction_type`: `epsilon`, `sample`; `clip_sample`, `clip_sample_range` | `UnCLIPScheduler.step` |
/// | step: `prev`, true by default | whether `prev_timestep` is the next one of the list, as the pipelines pass it, or t - 1 |
final class UnclipSolver implements Solver {
    private static final double SMALLEST_VARIANCE = 1e-20;

    private final NoiseSchedule schedule;
    private final PredictionType prediction;
    private final Thresholding clipping;
    private final VarianceType variance;
    private final boolean strides;
    private final List<Evaluation> evaluations;

    UnclipSolver(SchedulerConfig config, int steps, SchedulerConfig step) {
        schedule = TrainedSchedule.of(config);
        prediction = TrainedLevels.prediction(config, "epsilon", "sample");
        clipping = TrainedLevels.clipping(config, true);
        variance =
                config.choice("variance_type", "fixed_small_log", "fixed_small_log", "learned_range")
                                .equals("learned_range")
                        ? VarianceType.LEARNED_RANGE
                        : VarianceType.FIXED_SMALL;
        strides = step.flag("prev", true);
        int trained = schedule.length();
        TrainedLevels.steps(config, steps, 2, trained);
        double stride = (double) (trained - 1) / (steps - 1);
        double[] timesteps = new double[steps];
        for (int i = 0; i < steps; i++) {
            timesteps[i] = Math.rint((steps - 1 - i) * stride);
        }
        evaluations = TrainedLevels.evaluations(config, timesteps, trained);
    }

    @Override
    public List<Evaluation> evaluations() {
        return evaluations;
    }

    @Override
    public StepResult step(Tensor x, Tensor output, Evaluation at, NoiseSource noise) {
        int timestep = (int) at.timestep();
        boolean last = at.index() == evaluations.size() - 1;
        int previous = strides && !last ? (int) evaluations.get(at.index() + 1).timestep() : timestep - 1;
        double alpha = schedule.alphaCumulative(timestep);
        double alphaPrevious = previous >= 0 ? schedule.alphaCumulative(previous) : 1;
        double beta = previous == timestep - 1 ? schedule.beta(timestep) : DdpmSolver.beta(alpha, alphaPrevious);
        AncestralStep step = AncestralStep.between(alpha, alphaPrevious, beta, 1 - beta);

        NetworkOutput parts = NetworkOutput.of(x, output);
        Tensor denoised =
                clipping.apply(prediction.denoised(x, parts.prediction(), Math.sqrt(alpha), Math.sqrt(1 - alpha)));
        if (timestep == 0) {
            return new StepResult(step.mean(denoised, x), denoised);
        }
        Tensor draw = noise.normal(x.shape());
        Tensor sample =
                variance == VarianceType.LEARNED_RANGE
                        ? step.sample(denoised, x, Math.log(step.variance()), parts.learnedVariance(), draw)
                        : step.sample(denoised, x, Math.sqrt(Math.max(step.variance(), SMALLEST_VARIANCE)), draw);
        return new StepResult(sample, denoised);
    }

    @Override
    public Tensor noised(Tensor clean, Tensor noise, Evaluation at) {
        return schedule.noised(clean, noise, (int) at.timestep());
    }
}
