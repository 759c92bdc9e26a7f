// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.solver;

import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.diffusion.arithmetic.TensorMath;
import dev.diptych.plugin.diffusion.schedule.NoiseSchedule;
import dev.diptych.plugin.diffusion.schedule.PredictionType;
import dev.diptych.plugin.diffusion.schedule.TimestepSpacing;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;

/// Pseudo-numerical methods: linear multistep of order 4 over noise predictions, begun by Runge-Kutta or by lower orders.
/// Liu et al., arXiv:2202.09778; diffusers' `PNDMScheduler`.
///
/// | option | reference |
/// |---|---|
/// | `num_train_timesteps`, `beta_*`, `trained_betas`, `set_alpha_to_one` | `PNDMScheduler.__init__` |
/// | `timestep_spacing`, `steps_offset`, `skip_prk_steps` | `PNDMScheduler.set_timesteps` |
/// | `prediction_type`: `epsilon`, `v_prediction` | `PNDMScheduler._get_prev_sample` |
///
/// With `skip_prk_steps` there is one evaluation more than steps, the second being repeated; without, three levels take four evaluations each (`step_prk`).
final class PndmSolver implements Solver {
    private static final int RUNGE_KUTTA_LEVELS = 4;

    private final NoiseSchedule schedule;
    private final PredictionType prediction;
    private final double finalAlpha;
    private final int stride;
    private final int levels;
    private final int rungeKutta;
    private final List<Evaluation> evaluations;

    private final List<Tensor> outputs = new ArrayList<>();
    private @Nullable Tensor start;
    private @Nullable Tensor average;
    private int counter;

    PndmSolver(SchedulerConfig config, int steps) {
        schedule = TrainedSchedule.of(config);
        prediction = TrainedLevels.prediction(config, "epsilon", "v_prediction");
        finalAlpha = config.flag("set_alpha_to_one", false) ? 1 : schedule.alphaCumulative(0);
        boolean skips = config.flag("skip_prk_steps", false);
        TimestepSpacing spacing = TrainedLevels.spacing(config, "leading", "leading", "trailing", "linspace");
        int offset = TrainedLevels.offset(config);
        int trained = schedule.length();
        stride = trained / TrainedLevels.steps(config, steps, skips ? 1 : RUNGE_KUTTA_LEVELS, trained);
        double[] visited = spacing.timesteps(trained, steps, offset);
        levels = visited.length;
        List<Double> timesteps = new ArrayList<>();
        if (!skips) {
            beginWithRungeKutta(visited, timesteps);
        }
        rungeKutta = timesteps.size();
        for (int i = skips ? 0 : RUNGE_KUTTA_LEVELS - 1; i < visited.length; i++) {
            timesteps.add(visited[i]);
            if (skips && i == 1) {
                timesteps.add(visited[i]);
            }
        }
        evaluations =
                TrainedLevels.evaluations(
                        config, timesteps.stream().mapToDouble(Double::doubleValue).toArray(), trained);
    }

    /* Between two levels: at the first, twice half way, and at the second. */
    private void beginWithRungeKutta(double[] levels, List<Double> timesteps) {
        int half = stride / 2;
        for (int i = 0; i < RUNGE_KUTTA_LEVELS - 1; i++) {
            timesteps.add(levels[i]);
            timesteps.add(levels[i + 1] + half);
            timesteps.add(levels[i + 1] + half);
            timesteps.add(levels[i + 1]);
        }
    }

    @Override
    public List<Evaluation> evaluations() {
        return evaluations;
    }

    /* The reference counts steps, though evaluations are more, and so begins earlier than at the share that the strength says. */
    @Override
    public int startIndex(double strength) {
        int kept = Math.min((int) (levels * strength), levels);
        return kept == 0 ? evaluations.size() : levels - kept;
    }

    @Override
    public StepResult step(Tensor x, Tensor output, Evaluation at, NoiseSource noise) {
        int timestep = (int) at.timestep();
        Tensor predicted = NetworkOutput.of(x, output).prediction();
        double alpha = schedule.alphaCumulative(timestep);
        Tensor denoised = prediction.denoised(x, predicted, Math.sqrt(alpha), Math.sqrt(1 - alpha));
        Tensor sample =
                counter < rungeKutta ? rungeKuttaStep(x, predicted, timestep) : multistep(x, predicted, timestep);
        counter++;
        return new StepResult(sample, denoised);
    }

    /* step_prk */
    private Tensor rungeKuttaStep(Tensor x, Tensor predicted, int timestep) {
        int stage = counter % 4;
        int from = (int) evaluations.get(counter - stage).timestep();
        int to = timestep - (counter % 2 == 0 ? stride / 2 : 0);
        Tensor used = predicted;
        switch (stage) {
            case 0 -> {
                average = plus(null, 1.0 / 6, predicted);
                outputs.addFirst(predicted);
                start = x;
            }
            case 1, 2 -> average = plus(average, 1.0 / 3, predicted);
            default -> {
                used = plus(average, 1.0 / 6, predicted);
                average = null;
            }
        }
        return transfer(start == null ? x : start, from, to, used);
    }

    private static Tensor plus(@Nullable Tensor sum, double weight, Tensor term) {
        return sum == null ? TensorMath.linear(weight, term) : TensorMath.linear(1, sum, weight, term);
    }

    /* step_plms */
    private Tensor multistep(Tensor x, Tensor predicted, int timestep) {
        int from = timestep;
        int to = timestep - stride;
        if (counter == 1) {
            from = timestep + stride;
            to = timestep;
            Tensor first = outputs.getFirst();
            Tensor begun = start == null ? x : start;
            start = null;
            return transfer(begun, from, to, TensorMath.linear(0.5, predicted, 0.5, first));
        }
        outputs.addFirst(predicted);
        if (outputs.size() > 4) {
            outputs.removeLast();
        }
        if (counter == 0) {
            start = x;
        }
        Tensor used =
                switch (outputs.size()) {
                    case 1 -> predicted;
                    case 2 -> TensorMath.linear(1.5, predicted, -0.5, outputs.get(1));
                    case 3 ->
                            TensorMath.linear(
                                    23.0 / 12, predicted, -16.0 / 12, outputs.get(1), 5.0 / 12, outputs.get(2));
                    default ->
                            TensorMath.linear(
                                    new double[] {55.0 / 24, -59.0 / 24, 37.0 / 24, -9.0 / 24},
                                    outputs.toArray(Tensor[]::new));
                };
        return transfer(x, from, to, used);
    }

    /* Equation 11: _get_prev_sample. At the noisiest levels of a cosine schedule its terms cancel to a ten-thousandth, so that the result is made of
    their rounding; hence float32 throughout, as in the reference. */
    private Tensor transfer(Tensor x, int from, int to, Tensor predicted) {
        float alpha = (float) schedule.alphaCumulative(Math.min(from, schedule.length() - 1));
        float alphaTo = (float) (to >= 0 ? schedule.alphaCumulative(to) : finalAlpha);
        float noise = 1 - alpha;
        float ofSample = root(alphaTo / alpha);
        float ofEpsilon = alphaTo - alpha;
        float divisor = alpha * root(1 - alphaTo) + root(alpha * noise * alphaTo);
        boolean isVelocity = prediction == PredictionType.VELOCITY;
        float signal = root(alpha);
        float deviation = root(noise);
        float[] xs = x.floats();
        float[] predictions = predicted.floats();
        float[] moved = new float[xs.length];
        for (int i = 0; i < moved.length; i++) {
            float epsilon = isVelocity ? signal * predictions[i] + deviation * xs[i] : predictions[i];
            moved[i] = ofSample * xs[i] - ofEpsilon * epsilon / divisor;
        }
        return Tensor.ofFloats(moved, x.shape());
    }

    private static float root(float value) {
        return (float) Math.sqrt(value);
    }

    @Override
    public Tensor noised(Tensor clean, Tensor noise, Evaluation at) {
        return schedule.noised(clean, noise, (int) at.timestep());
    }
}
