// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.solver;

import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.diffusion.arithmetic.TensorMath;
import dev.diptych.plugin.diffusion.schedule.NoiseSchedule;
import dev.diptych.plugin.diffusion.schedule.PredictionType;
import dev.diptych.plugin.diffusion.schedule.SigmaSchedule;
import dev.diptych.plugin.diffusion.schedule.TimestepSpacing;

import java.util.List;

/// Euler's method on the probability-flow ODE over sigmas. Karras et al., arXiv:2206.00364, algorithm 2 without the correction;
/// diffusers' `EulerDiscreteScheduler`.
///
/// | option | reference |
/// |---|---|
/// | `num_train_timesteps`, `beta_*`, `trained_betas`, `rescale_betas_zero_snr` | `EulerDiscreteScheduler.__init__` |
/// | `timestep_spacing`, `steps_offset`, `interpolation_type`, `timestep_type`, `final_sigmas_type` | `EulerDiscreteScheduler.set_timesteps` |
/// | `use_karras_sigmas`, `use_exponential_sigmas`, `use_beta_sigmas`, `sigma_min`, `sigma_max` | `_convert_to_karras` and its siblings |
/// | `prediction_type` | `EulerDiscreteScheduler.step` |
/// | step: `s_churn`, `s_tmin`, `s_tmax`, `s_noise` | arguments of `EulerDiscreteScheduler.step` |
final class EulerSolver implements Solver {
    private final PredictionType prediction;
    private final double[] sigmas;
    private final double initialScale;
    private final List<Evaluation> evaluations;
    private final double churn;
    private final double churnFrom;
    private final double churnTo;
    private final double churnNoise;

    EulerSolver(SchedulerConfig config, int steps, SchedulerConfig step) {
        NoiseSchedule schedule = TrainedSchedule.of(config);
        prediction = TrainedLevels.prediction(config, "epsilon", "sample", "original_sample", "v_prediction");
        TimestepSpacing spacing = TrainedLevels.spacing(config, "linspace", "leading", "trailing", "linspace");
        int trained = schedule.length();
        TrainedLevels.steps(config, steps, 1, trained);
        double[] timesteps = spacing.fractional(trained, steps, TrainedLevels.offset(config));
        TrainedLevels.evaluations(config, timesteps, trained);
        double[] visited =
                config.choice("interpolation_type", "linear", "linear", "log_linear").equals("linear")
                        ? SigmaLevels.at(schedule, timesteps)
                        : logLinear(schedule, steps);
        Double smallest = config.number("sigma_min");
        Double largest = config.number("sigma_max");
        SigmaSchedule chosen = SigmaLevels.schedule(config);
        if (chosen != null) {
            visited =
                    chosen.sigmas(
                            smallest != null ? smallest : visited[visited.length - 1],
                            largest != null ? largest : visited[0],
                            steps);
            timesteps = SigmaLevels.single(SigmaLevels.timestepsOf(schedule, visited));
        }
        sigmas = SigmaLevels.ending(visited, SigmaLevels.last(config, schedule));
        initialScale = ScaledInput.initialScale(spacing, sigmas);
        boolean continuous = config.choice("timestep_type", "discrete", "discrete", "continuous").equals("continuous");
        evaluations =
                continuous && prediction == PredictionType.VELOCITY
                        ? continuous()
                        : TrainedLevels.evaluations(config, timesteps, trained);
        churn = step.number("s_churn", 0);
        churnFrom = step.number("s_tmin", 0);
        churnTo = step.number("s_tmax", Double.POSITIVE_INFINITY);
        churnNoise = step.number("s_noise", 1);
    }

    /* As many as steps and one more, as in the reference: the final sigma is never reached. */
    private static double[] logLinear(NoiseSchedule schedule, int steps) {
        return SigmaSchedule.exponential().sigmas(schedule.sigma(0), schedule.sigma(schedule.length() - 1), steps + 1);
    }

    private List<Evaluation> continuous() {
        Evaluation[] told = new Evaluation[sigmas.length - 1];
        for (int i = 0; i < told.length; i++) {
            told[i] = new Evaluation(i, (float) (0.25 * Math.log(sigmas[i])));
        }
        return List.of(told);
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
        double sigma = sigmas[at.index()];
        double gamma =
                sigma >= churnFrom && sigma <= churnTo ? Math.min(churn / (sigmas.length - 1), Math.sqrt(2) - 1) : 0;
        double raised = sigma * (gamma + 1);
        Tensor from = x;
        if (gamma > 0) {
            double added = churnNoise * Math.sqrt(raised * raised - sigma * sigma);
            from = TensorMath.linear(1, x, added, noise.normal(x.shape()));
        }
        Tensor predicted = NetworkOutput.of(x, output).prediction();
        Tensor denoised =
                ScaledInput.denoised(
                        prediction, from, predicted, prediction == PredictionType.EPSILON ? raised : sigma);
        double stride = (sigmas[at.index() + 1] - raised) / raised;
        return new StepResult(TensorMath.linear(1 + stride, from, -stride, denoised), denoised);
    }

    @Override
    public Tensor noised(Tensor clean, Tensor noise, Evaluation at) {
        return ScaledInput.noised(clean, noise, sigmas[at.index()]);
    }
}
