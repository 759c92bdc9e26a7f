// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.solver;

import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.diffusion.arithmetic.TensorMath;
import dev.diptych.plugin.diffusion.schedule.NoiseSchedule;
import dev.diptych.plugin.diffusion.schedule.PredictionType;

import java.util.List;

/// Latent consistency models: the network jumps to the picture, which gets the noise of the next level. Luo et al., arXiv:2310.04378; diffusers' `LCMScheduler`.
///
/// | option | reference |
/// |---|---|
/// | `num_train_timesteps`, `beta_*` (default scaled_linear), `trained_betas`, `rescale_betas_zero_snr` | `LCMScheduler.__init__` |
/// | `original_inference_steps` | `LCMScheduler.set_timesteps` |
/// | `timestep_scaling` | `get_scalings_for_boundary_condition_discrete` |
/// | `prediction_type`, `clip_sample`, `clip_sample_range` | `LCMScheduler.step` |
/// | `thresholding`, `dynamic_thresholding_ratio`, `sample_max_value` | `_threshold_sample` |
///
/// `timestep_spacing`, `steps_offset` and `set_alpha_to_one` have no effect, as in the reference. A run that changes a picture by a strength is made with `strength`.
final class LcmSolver implements Solver {
    private static final double DATA_DEVIATION = 0.5;

    private final NoiseSchedule schedule;
    private final PredictionType prediction;
    private final Thresholding thresholding;
    private final double scaling;
    private final List<Evaluation> evaluations;

    LcmSolver(SchedulerConfig config, int steps, SchedulerConfig step) {
        schedule = TrainedSchedule.of(config);
        prediction = TrainedLevels.prediction(config, "epsilon", "sample", "v_prediction");
        thresholding = TrainedLevels.thresholding(config, false);
        scaling = config.number("timestep_scaling", 10);
        config.choice("timestep_spacing", "leading", "leading", "trailing", "linspace");
        TrainedLevels.offset(config);
        config.flag("set_alpha_to_one", true);
        int trained = schedule.length();
        int original = config.integer("original_inference_steps", 50, n -> n >= 1 && n <= trained, "1 … " + trained);
        double strength = step.number("strength", 1);
        int distilled = (int) (original * strength);
        TrainedLevels.steps(config, steps, 1, distilled);
        double[] timesteps = new double[steps];
        for (int i = 0; i < steps; i++) {
            int index = (int) Math.floor(i * ((double) distilled / steps));
            timesteps[i] = (double) (distilled - index) * (trained / original) - 1;
        }
        evaluations = TrainedLevels.evaluations(config, timesteps, trained);
        DdimSolver.requireSignal(config, schedule, prediction, evaluations);
    }

    @Override
    public List<Evaluation> evaluations() {
        return evaluations;
    }

    @Override
    public StepResult step(Tensor x, Tensor output, Evaluation at, NoiseSource noise) {
        int timestep = (int) at.timestep();
        double alpha = schedule.alphaCumulative(timestep);
        Tensor predicted = NetworkOutput.of(x, output).prediction();
        Tensor denoised = thresholding.apply(prediction.denoised(x, predicted, Math.sqrt(alpha), Math.sqrt(1 - alpha)));
        double scaled = timestep * scaling;
        double squares = scaled * scaled + DATA_DEVIATION * DATA_DEVIATION;
        double skip = DATA_DEVIATION * DATA_DEVIATION / squares;
        double out = scaled / Math.sqrt(squares);
        Tensor jumped = TensorMath.linear(out, denoised, skip, x);
        if (at.index() == evaluations.size() - 1) {
            return new StepResult(jumped, jumped);
        }
        int next = (int) evaluations.get(at.index() + 1).timestep();
        return new StepResult(schedule.noised(jumped, noise.normal(x.shape()), next), jumped);
    }

    @Override
    public Tensor noised(Tensor clean, Tensor noise, Evaluation at) {
        return schedule.noised(clean, noise, (int) at.timestep());
    }
}
