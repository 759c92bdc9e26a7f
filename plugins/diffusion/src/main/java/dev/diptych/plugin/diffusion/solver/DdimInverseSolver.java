// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.solver;

import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.diffusion.arithmetic.TensorMath;
import dev.diptych.plugin.diffusion.schedule.NoiseSchedule;
import dev.diptych.plugin.diffusion.schedule.PredictionType;
import dev.diptych.plugin.diffusion.schedule.TimestepSpacing;

import java.util.List;

/// DDIM backwards, from a picture to its noise: diffusers' `DDIMInverseScheduler`. Evaluations ascend; the network is told the level it goes *to*.
///
/// Options as [DdimSolver]'s, without thresholding; `timestep_spacing` is `leading` or `trailing`; `set_alpha_to_one` says where the picture
/// starts: at ᾱ = 1, or at ᾱ_0. Clipping is on by default, as in the reference; inversions are closer without.
final class DdimInverseSolver implements Solver {
    private final NoiseSchedule schedule;
    private final PredictionType prediction;
    private final Thresholding clipping;
    private final double initialAlpha;
    private final int stride;
    private final List<Evaluation> evaluations;

    DdimInverseSolver(SchedulerConfig config, int steps) {
        schedule = TrainedSchedule.of(config);
        prediction = TrainedLevels.prediction(config, "epsilon", "sample", "v_prediction");
        clipping = TrainedLevels.clipping(config, true);
        boolean fromClean = config.flag("set_alpha_to_zero", config.flag("set_alpha_to_one", true));
        initialAlpha = fromClean ? 1 : schedule.alphaCumulative(0);
        TimestepSpacing spacing = TrainedLevels.spacing(config, "leading", "leading", "trailing");
        int offset = TrainedLevels.offset(config);
        int trained = schedule.length();
        stride = trained / TrainedLevels.steps(config, steps, 1, trained);
        double[] descending = spacing.timesteps(trained, steps, offset);
        double[] ascending = new double[descending.length];
        for (int i = 0; i < ascending.length; i++) {
            ascending[i] = descending[descending.length - 1 - i];
        }
        evaluations = TrainedLevels.evaluations(config, ascending, trained);
    }

    @Override
    public List<Evaluation> evaluations() {
        return evaluations;
    }

    @Override
    public StepResult step(Tensor x, Tensor output, Evaluation at, NoiseSource noise) {
        int target = (int) at.timestep();
        int source = target - stride;
        double alpha = source >= 0 ? schedule.alphaCumulative(source) : initialAlpha;
        double alphaNext = schedule.alphaCumulative(target);
        double signal = Math.sqrt(alpha);
        double sigma = Math.sqrt(1 - alpha);
        Tensor predicted = NetworkOutput.of(x, output).prediction();
        Tensor denoised = clipping.apply(prediction.denoised(x, predicted, signal, sigma));
        Tensor epsilon = prediction.epsilon(x, predicted, signal, sigma);
        Tensor sample = TensorMath.linear(Math.sqrt(alphaNext), denoised, Math.sqrt(1 - alphaNext), epsilon);
        return new StepResult(sample, denoised);
    }

    @Override
    public Tensor noised(Tensor clean, Tensor noise, Evaluation at) {
        return schedule.noised(clean, noise, (int) at.timestep());
    }
}
