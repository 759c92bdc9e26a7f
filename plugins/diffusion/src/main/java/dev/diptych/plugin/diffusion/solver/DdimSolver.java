// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.solver;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.diffusion.arithmetic.TensorMath;
import dev.diptych.plugin.diffusion.schedule.NoiseSchedule;
import dev.diptych.plugin.diffusion.schedule.PredictionType;
import dev.diptych.plugin.diffusion.schedule.TimestepSpacing;

import java.util.List;

/// Denoising diffusion implicit models: deterministic at η = 0, ancestral at η = 1. Song et al., arXiv:2010.02502, equations 12 and 16.
/// diffusers' `DDIMScheduler`.
///
/// | option | reference |
/// |---|---|
/// | `num_train_timesteps`, `beta_*`, `trained_betas` | `DDIMScheduler.__init__` |
/// | `rescale_betas_zero_snr` | `rescale_zero_terminal_snr` |
/// | `timestep_spacing`, `steps_offset` | `DDIMScheduler.set_timesteps` |
/// | `prediction_type`, `clip_sample`, `clip_sample_range`, `set_alpha_to_one` | `DDIMScheduler.step` |
/// | `thresholding`, `dynamic_thresholding_ratio`, `sample_max_value` | `DDIMScheduler._threshold_sample` |
/// | step: `eta` ≥ 0, `use_clipped_model_output` | arguments of `DDIMScheduler.step` |
///
/// The previous level is t - T / steps, whatever the spacing, as in the reference.
final class DdimSolver implements Solver {
    private final NoiseSchedule schedule;
    private final PredictionType prediction;
    private final Thresholding thresholding;
    private final double finalAlpha;
    private final int stride;
    private final double eta;
    private final boolean rederives;
    private final List<Evaluation> evaluations;

    DdimSolver(SchedulerConfig config, int steps, SchedulerConfig step) {
        schedule = TrainedSchedule.of(config);
        prediction = TrainedLevels.prediction(config, "epsilon", "sample", "v_prediction");
        thresholding = TrainedLevels.thresholding(config, true);
        finalAlpha = config.flag("set_alpha_to_one", true) ? 1 : schedule.alphaCumulative(0);
        TimestepSpacing spacing = TrainedLevels.spacing(config, "leading", "leading", "trailing", "linspace");
        int offset = TrainedLevels.offset(config);
        int trained = schedule.length();
        stride = trained / TrainedLevels.steps(config, steps, 1, trained);
        evaluations = TrainedLevels.evaluations(config, spacing.timesteps(trained, steps, offset), trained);
        requireSignal(config, schedule, prediction, evaluations);
        eta = step.number("eta", 0);
        rederives = step.flag("use_clipped_model_output", false);
    }

    /* Of pure noise, a prediction of noise says nothing about the picture but, where it is clipped, on which side it lies. */
    static void requireSignal(
            SchedulerConfig config, NoiseSchedule schedule, PredictionType prediction, List<Evaluation> evaluations) {
        boolean clips =
                config.flag("clip_sample", !config.owner().startsWith("LCM")) && !config.flag("thresholding", false);
        for (Evaluation at : evaluations) {
            if (prediction == PredictionType.EPSILON && !clips && schedule.alphaCumulative((int) at.timestep()) == 0) {
                throw NodeException.user(
                                "diffusion/no-signal",
                                "%s: timestep %d is pure noise, of which a prediction of noise says nothing.",
                                config.owner(),
                                (int) at.timestep())
                        .next("Set rescale_betas_zero_snr to false, or use a network with v_prediction.");
            }
        }
    }

    @Override
    public List<Evaluation> evaluations() {
        return evaluations;
    }

    @Override
    public StepResult step(Tensor x, Tensor output, Evaluation at, NoiseSource noise) {
        int timestep = (int) at.timestep();
        int previous = timestep - stride;
        double alpha = schedule.alphaCumulative(timestep);
        double alphaPrevious = previous >= 0 ? schedule.alphaCumulative(previous) : finalAlpha;
        double signal = Math.sqrt(alpha);
        double sigma = Math.sqrt(1 - alpha);

        Tensor predicted = NetworkOutput.of(x, output).prediction();
        Tensor denoised = thresholding.apply(prediction.denoised(x, predicted, signal, sigma));
        Tensor epsilon =
                rederives
                        ? PredictionType.SAMPLE.epsilon(x, denoised, signal, sigma)
                        : prediction.epsilon(x, predicted, signal, sigma);

        double deviation = eta * Math.sqrt((1 - alphaPrevious) / (1 - alpha) * (1 - alpha / alphaPrevious));
        double towards = Math.sqrt(Math.max(0, 1 - alphaPrevious - deviation * deviation));
        double kept = Math.sqrt(alphaPrevious);
        Tensor sample =
                eta > 0
                        ? TensorMath.linear(kept, denoised, towards, epsilon, deviation, noise.normal(x.shape()))
                        : TensorMath.linear(kept, denoised, towards, epsilon);
        return new StepResult(sample, denoised);
    }

    @Override
    public Tensor noised(Tensor clean, Tensor noise, Evaluation at) {
        return schedule.noised(clean, noise, (int) at.timestep());
    }
}
