// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.solver;

import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.diffusion.arithmetic.TensorMath;
import dev.diptych.plugin.diffusion.schedule.NoiseSchedule;
import dev.diptych.plugin.diffusion.schedule.PredictionType;
import dev.diptych.plugin.diffusion.schedule.SigmaSchedule;
import dev.diptych.plugin.diffusion.schedule.TimestepSpacing;

import org.jspecify.annotations.Nullable;

import java.util.List;

/// Heun's method on the probability-flow ODE over sigmas: an Euler step, corrected by the slope at its end; the last is Euler's alone.
/// Karras et al., arXiv:2206.00364, algorithm 1; diffusers' `HeunDiscreteScheduler`.
///
/// | option | reference |
/// |---|---|
/// | `num_train_timesteps`, `beta_*` (default 0.00085 … 0.012), `trained_betas` | `HeunDiscreteScheduler.__init__` |
/// | `timestep_spacing`, `steps_offset` | `HeunDiscreteScheduler.set_timesteps` |
/// | `use_karras_sigmas`, `use_exponential_sigmas`, `use_beta_sigmas` | `_convert_to_karras` and its siblings |
/// | `prediction_type`, `clip_sample`, `clip_sample_range` | `HeunDiscreteScheduler.step` |
final class HeunSolver implements Solver {
    private final PredictionType prediction;
    private final Thresholding clipping;
    private final double[] sigmas;
    private final double initialScale;
    private final List<Evaluation> evaluations;

    private @Nullable Tensor start;
    private @Nullable Tensor startDenoised;

    HeunSolver(SchedulerConfig config, int steps) {
        NoiseSchedule schedule = TrainedSchedule.of(config);
        prediction = TrainedLevels.prediction(config, "epsilon", "sample", "v_prediction");
        clipping = TrainedLevels.clipping(config, false);
        TimestepSpacing spacing = TrainedLevels.spacing(config, "linspace", "leading", "trailing", "linspace");
        int trained = schedule.length();
        TrainedLevels.steps(config, steps, 1, trained);
        double[] timesteps = spacing.fractional(trained, steps, TrainedLevels.offset(config));
        TrainedLevels.evaluations(config, timesteps, trained);
        double[] visited = SigmaLevels.at(schedule, timesteps);
        SigmaSchedule chosen = SigmaLevels.schedule(config);
        if (chosen != null) {
            visited =
                    chosen.sigmas(
                            config.number("sigma_min", visited[visited.length - 1]),
                            config.number("sigma_max", visited[0]),
                            steps);
            timesteps = SigmaLevels.single(SigmaLevels.timestepsOf(schedule, visited));
        }
        sigmas = twice(SigmaLevels.ending(visited, 0), true);
        initialScale = ScaledInput.initialScale(spacing, sigmas);
        evaluations = TrainedLevels.evaluations(config, twice(timesteps, false), trained);
    }

    /* All but the first twice; the last once if it is where the run ends. */
    private static double[] twice(double[] levels, boolean ends) {
        double[] doubled = new double[2 * levels.length - (ends ? 2 : 1)];
        for (int i = 0; i < doubled.length; i++) {
            doubled[i] = levels[(i + 1) / 2];
        }
        return doubled;
    }

    @Override
    public List<Evaluation> evaluations() {
        return evaluations;
    }

    @Override
    public int evaluationsPerLevel() {
        return 2;
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
        Tensor predicted = NetworkOutput.of(x, output).prediction();
        Tensor denoised = clipping.apply(ScaledInput.denoised(prediction, x, predicted, sigma));
        Tensor from = start;
        Tensor fromDenoised = startDenoised;
        if (from == null || fromDenoised == null) {
            double stride = (sigmas[at.index() + 1] - sigma) / sigma;
            start = x;
            startDenoised = denoised;
            return new StepResult(TensorMath.linear(1 + stride, x, -stride, denoised), denoised);
        }
        double sigmaFrom = sigmas[at.index() - 1];
        double half = (sigma - sigmaFrom) / 2;
        start = null;
        startDenoised = null;
        Tensor sample =
                TensorMath.linear(
                        new double[] {1 + half / sigmaFrom, -half / sigmaFrom, half / sigma, -half / sigma},
                        from,
                        fromDenoised,
                        x,
                        denoised);
        return new StepResult(sample, denoised);
    }

    @Override
    public Tensor noised(Tensor clean, Tensor noise, Evaluation at) {
        return ScaledInput.noised(clean, noise, sigmas[at.index()]);
    }
}
