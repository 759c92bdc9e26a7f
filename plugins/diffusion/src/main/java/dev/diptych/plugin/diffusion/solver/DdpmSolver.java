// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.solver;

import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.diffusion.arithmetic.TensorMath;
import dev.diptych.plugin.diffusion.schedule.NoiseSchedule;
import dev.diptych.plugin.diffusion.schedule.PredictionType;
import dev.diptych.plugin.diffusion.schedule.TimestepSpacing;
import dev.diptych.plugin.diffusion.schedule.VarianceType;

import java.util.List;

/// Ancestral sampling. Ho et al., arXiv:2006.11239, algorithm 2; diffusers' `DDPMScheduler`.
///
/// | option | reference |
/// |---|---|
/// | `num_train_timesteps`, `beta_*`, `trained_betas`, `rescale_betas_zero_snr` | `DDPMScheduler.__init__` |
/// | `timestep_spacing`, `steps_offset` | `DDPMScheduler.set_timesteps` |
/// | `variance_type` | `DDPMScheduler._get_variance`; `fixed_large_log`, whose root is not a number there, is `fixed_large` |
/// | `prediction_type`, `clip_sample`, `clip_sample_range` | `DDPMScheduler.step` |
/// | `thresholding`, `dynamic_thresholding_ratio`, `sample_max_value` | `DDPMScheduler._threshold_sample` |
///
/// Noise is drawn at every timestep above 0.
final class DdpmSolver implements Solver {
    private static final double SMALLEST_VARIANCE = 1e-20;

    private final NoiseSchedule schedule;
    private final PredictionType prediction;
    private final Thresholding thresholding;
    private final VarianceType variance;
    private final List<Evaluation> evaluations;

    DdpmSolver(SchedulerConfig config, int steps) {
        schedule = TrainedSchedule.of(config);
        prediction = TrainedLevels.prediction(config, "epsilon", "sample", "v_prediction");
        thresholding = TrainedLevels.thresholding(config, true);
        variance =
                switch (config.choice(
                        "variance_type",
                        "fixed_small",
                        "fixed_small",
                        "fixed_small_log",
                        "fixed_large",
                        "fixed_large_log",
                        "learned",
                        "learned_range")) {
                    case "fixed_large", "fixed_large_log" -> VarianceType.FIXED_LARGE;
                    case "learned" -> VarianceType.LEARNED;
                    case "learned_range" -> VarianceType.LEARNED_RANGE;
                    default -> VarianceType.FIXED_SMALL;
                };
        TimestepSpacing spacing = TrainedLevels.spacing(config, "leading", "leading", "trailing", "linspace");
        int offset = TrainedLevels.offset(config);
        int trained = schedule.length();
        TrainedLevels.steps(config, steps, 1, trained);
        evaluations = TrainedLevels.evaluations(config, spacing.timesteps(trained, steps, offset), trained);
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
        double alphaPrevious =
                at.index() + 1 < evaluations.size()
                        ? schedule.alphaCumulative((int) evaluations.get(at.index() + 1).timestep())
                        : 1;
        AncestralStep step =
                AncestralStep.between(alpha, alphaPrevious, beta(alpha, alphaPrevious), alpha / alphaPrevious);

        NetworkOutput parts = NetworkOutput.of(x, output);
        Tensor denoised =
                thresholding.apply(prediction.denoised(x, parts.prediction(), Math.sqrt(alpha), Math.sqrt(1 - alpha)));
        if (timestep == 0) {
            return new StepResult(step.mean(denoised, x), denoised);
        }
        double smallest = Math.max(step.variance(), SMALLEST_VARIANCE);
        Tensor draw = noise.normal(x.shape());
        Tensor sample =
                switch (variance) {
                    case FIXED_SMALL -> step.sample(denoised, x, Math.sqrt(smallest), draw);
                    case FIXED_LARGE -> step.sample(denoised, x, Math.sqrt(step.beta()), draw);
                    case LEARNED_RANGE -> step.sample(denoised, x, Math.log(smallest), parts.learnedVariance(), draw);
                    case LEARNED ->
                            TensorMath.plusProduct(
                                    step.mean(denoised, x), TensorMath.map(parts.learnedVariance(), Math::sqrt), draw);
                };
        return new StepResult(sample, denoised);
    }

    /* The difference of two float32 levels that are close has few digits; these are the reference's. */
    static double beta(double alpha, double alphaPrevious) {
        return 1f - (float) alpha / (float) alphaPrevious;
    }

    @Override
    public Tensor noised(Tensor clean, Tensor noise, Evaluation at) {
        return schedule.noised(clean, noise, (int) at.timestep());
    }
}
