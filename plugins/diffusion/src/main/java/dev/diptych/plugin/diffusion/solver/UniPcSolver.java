// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.solver;

import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.diffusion.arithmetic.TensorMath;
import dev.diptych.plugin.diffusion.schedule.NoiseSchedule;
import dev.diptych.plugin.diffusion.schedule.PredictionType;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// A predictor of any order, whose result the next output corrects at no further call of the network. Zhao et al., arXiv:2302.04867;
/// diffusers' `UniPCMultistepScheduler`.
///
/// | option | reference |
/// |---|---|
/// | `num_train_timesteps`, `beta_*`, `trained_betas`, `rescale_betas_zero_snr` | `UniPCMultistepScheduler.__init__` |
/// | `timestep_spacing`, `steps_offset`, `final_sigmas_type` | `UniPCMultistepScheduler.set_timesteps` |
/// | `use_karras_sigmas`, `use_exponential_sigmas`, `use_beta_sigmas`, `sigma_min`, `sigma_max` | `_convert_to_karras` and its siblings |
/// | `solver_order` 1 … 5, `solver_type` bh1, bh2, `predict_x0` | `multistep_uni_p_bh_update`, `multistep_uni_c_bh_update` |
/// | `lower_order_final`, `disable_corrector` | `UniPCMultistepScheduler.step` |
/// | `prediction_type`, `thresholding` | `convert_model_output`, `_threshold_sample` |
///
/// Not implemented, and refused: flow matching (`use_flow_sigmas`, `flow_shift`, `shift_terminal`, `use_dynamic_shifting`,
/// `flow_prediction`) and another predictor (`solver_p`). A step to σ = 0 is of first order even where `lower_order_final` is off.
final class UniPcSolver implements Solver {
    private final PredictionType prediction;
    private final Thresholding thresholding;
    private final int order;
    private final UniPcUpdate update;
    private final boolean predictsDenoised;
    private final boolean lowersLast;
    private final Set<Integer> uncorrected = new HashSet<>();
    private final double[] sigmas;
    private final List<Evaluation> evaluations;

    private final List<Tensor> outputs = new ArrayList<>();
    private @Nullable Tensor previous;
    private int previousOrder;

    UniPcSolver(SchedulerConfig config, int steps) {
        config.only("use_flow_sigmas", false);
        config.only("flow_shift", 1);
        config.only("use_dynamic_shifting", false);
        config.only("time_shift_type", "exponential");
        config.unsupported("shift_terminal");
        config.unsupported("solver_p");
        NoiseSchedule schedule = TrainedSchedule.of(config);
        prediction = TrainedLevels.prediction(config, "epsilon", "sample", "v_prediction");
        predictsDenoised = config.flag("predict_x0", true);
        Thresholding dynamic = TrainedLevels.dynamicThresholding(config);
        thresholding = predictsDenoised ? dynamic : Thresholding.none();
        order = config.integer("solver_order", 2, n -> n >= 1 && n <= 5, "1 … 5");
        String type = config.choice("solver_type", "bh2", "bh1", "bh2", "midpoint", "heun", "logrho");
        update = new UniPcUpdate(type.equals("bh1"), predictsDenoised);
        lowersLast = config.flag("lower_order_final", true);
        double[] steady = config.numbers("disable_corrector");
        if (steady != null) {
            for (double index : steady) {
                uncorrected.add((int) index);
            }
        }
        TrainedLevels.steps(config, steps, 1, schedule.length());
        SigmaLevels levels = MultistepTimesteps.ofUniPc(config, schedule, steps);
        sigmas = levels.sigmas();
        evaluations = TrainedLevels.evaluations(config, levels.timesteps(), schedule.length());
    }

    @Override
    public List<Evaluation> evaluations() {
        return evaluations;
    }

    @Override
    public double[] sigmas() {
        return sigmas.clone();
    }

    @Override
    public StepResult step(Tensor x, Tensor output, Evaluation at, NoiseSource noise) {
        int index = at.index();
        LogLevel level = new LogLevel(sigmas[index]);
        Tensor predicted = NetworkOutput.of(x, output).prediction();
        Tensor denoised = thresholding.apply(prediction.denoised(x, predicted, level.alpha(), level.deviation()));
        Tensor converted =
                predictsDenoised ? denoised : prediction.epsilon(x, predicted, level.alpha(), level.deviation());

        Tensor corrected =
                previous == null || uncorrected.contains(index - 1) ? x : correct(previous, converted, index);
        outputs.addFirst(converted);
        if (outputs.size() > order) {
            outputs.removeLast();
        }
        int used = Math.min(outputs.size(), lowersLast ? evaluations.size() - index : order);
        if (sigmas[index + 1] == 0) {
            used = 1;
        }
        previous = corrected;
        previousOrder = used;
        return new StepResult(predict(corrected, index, used), denoised);
    }

    private Tensor predict(Tensor x, int index, int used) {
        double[] weights = update.predictor(levels(index + 1, used));
        Tensor[] terms = new Tensor[weights.length];
        terms[0] = x;
        for (int i = 0; i < used; i++) {
            terms[i + 1] = outputs.get(i);
        }
        return TensorMath.linear(weights, terms);
    }

    private Tensor correct(Tensor from, Tensor converted, int index) {
        double[] weights = update.corrector(levels(index, previousOrder));
        Tensor[] terms = new Tensor[weights.length];
        terms[0] = from;
        terms[1] = converted;
        for (int i = 0; i < previousOrder; i++) {
            terms[i + 2] = outputs.get(i);
        }
        return TensorMath.linear(weights, terms);
    }

    /* A level to go to, and those before it. */
    private LogLevel[] levels(int to, int before) {
        LogLevel[] levels = new LogLevel[before + 1];
        for (int i = 0; i <= before; i++) {
            levels[i] = new LogLevel(sigmas[to - i]);
        }
        return levels;
    }

    @Override
    public Tensor noised(Tensor clean, Tensor noise, Evaluation at) {
        LogLevel level = new LogLevel(sigmas[at.index()]);
        return TensorMath.linear(level.alpha(), clean, level.deviation(), noise);
    }
}
