// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.solver;

import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.diffusion.arithmetic.TensorMath;
import dev.diptych.plugin.diffusion.schedule.NoiseSchedule;
import dev.diptych.plugin.diffusion.schedule.PredictionType;

import java.util.ArrayList;
import java.util.List;

/// Exponential integrators of order 1 to 3 that reuse earlier outputs: DPM-Solver (Lu et al., arXiv:2206.00927), DPM-Solver++
/// (arXiv:2211.01095) and their stochastic variants. diffusers' `DPMSolverMultistepScheduler`.
///
/// | option | reference |
/// |---|---|
/// | `num_train_timesteps`, `beta_*`, `trained_betas`, `rescale_betas_zero_snr` | `DPMSolverMultistepScheduler.__init__` |
/// | `timestep_spacing`, `steps_offset`, `lambda_min_clipped`, `final_sigmas_type` | `DPMSolverMultistepScheduler.set_timesteps` |
/// | `use_karras_sigmas`, `use_exponential_sigmas`, `use_beta_sigmas`, `use_lu_lambdas` | `_convert_to_karras` and its siblings |
/// | `algorithm_type`, `solver_type`, `solver_order` | `dpm_solver_first_order_update`, `multistep_dpm_solver_second_order_update`, `…_third_order_update` |
/// | `lower_order_final`, `euler_at_final` | `DPMSolverMultistepScheduler.step` |
/// | `prediction_type`, `variance_type`, `thresholding` | `convert_model_output`, `_threshold_sample` |
///
/// Not implemented, and refused: flow matching (`use_flow_sigmas`, `flow_shift`, `use_dynamic_shifting`, `flow_prediction`), and order 3 of
/// `sde-dpmsolver`, which the reference leaves out too.
final class DpmSolver implements Solver {
    private final PredictionType prediction;
    private final Thresholding thresholding;
    private final boolean thresholds;
    private final int order;
    private final DpmUpdate update;
    private final boolean predictsDenoised;
    private final boolean lowersLast;
    private final boolean endsFirstOrder;
    private final double[] sigmas;
    private final List<Evaluation> evaluations;

    private final List<Tensor> outputs = new ArrayList<>();

    DpmSolver(SchedulerConfig config, int steps) {
        config.only("use_flow_sigmas", false);
        config.only("flow_shift", 1);
        config.only("use_dynamic_shifting", false);
        config.only("time_shift_type", "exponential");
        NoiseSchedule schedule = TrainedSchedule.of(config);
        prediction = TrainedLevels.prediction(config, "epsilon", "sample", "v_prediction");
        thresholding = TrainedLevels.dynamicThresholding(config);
        thresholds = config.flag("thresholding", false);
        order = config.integer("solver_order", 2, n -> n >= 1 && n <= 3, "1, 2, 3");
        String algorithm =
                config.choice(
                        "algorithm_type",
                        "dpmsolver++",
                        "dpmsolver++",
                        "dpmsolver",
                        "sde-dpmsolver++",
                        "sde-dpmsolver",
                        "deis");
        String type = config.choice("solver_type", "midpoint", "midpoint", "heun", "logrho", "bh1", "bh2");
        update = DpmUpdate.of(algorithm, type.equals("heun"));
        predictsDenoised = update.predictsDenoised();
        boolean endsAtZero = SigmaLevels.last(config, schedule) == 0;
        if (!predictsDenoised && endsAtZero) {
            throw config.wrong("final_sigmas_type", "zero", "sigma_min, with algorithm_type " + algorithm);
        }
        if (order == 3 && update == DpmUpdate.STOCHASTIC_NOISE_MIDPOINT
                || order == 3 && update == DpmUpdate.STOCHASTIC_NOISE_HEUN) {
            throw config.wrong("solver_order", 3, "1 or 2, with algorithm_type " + algorithm);
        }
        TrainedLevels.steps(config, steps, 1, schedule.length());
        SigmaLevels levels = MultistepTimesteps.ofDpmSolver(config, schedule, steps);
        sigmas = levels.sigmas();
        evaluations = TrainedLevels.evaluations(config, levels.timesteps(), schedule.length());
        lowersLast = config.flag("lower_order_final", true) && evaluations.size() < 15;
        endsFirstOrder = config.flag("euler_at_final", false) || lowersLast || endsAtZero;
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
        outputs.addFirst(predictsDenoised ? denoised : epsilon(x, predicted, denoised, level));
        if (outputs.size() > order) {
            outputs.removeLast();
        }
        int remaining = evaluations.size() - index;
        int used = outputs.size();
        if (remaining == 1 && endsFirstOrder) {
            used = 1;
        } else if (remaining == 2 && lowersLast) {
            used = Math.min(used, 2);
        }
        LogLevel[] levels = new LogLevel[used + 1];
        for (int i = 0; i <= used; i++) {
            levels[i] = new LogLevel(sigmas[index + 1 - i]);
        }
        double[] weights = update.weights(levels);
        Tensor[] terms = new Tensor[weights.length];
        terms[0] = x;
        for (int i = 0; i < used; i++) {
            terms[i + 1] = outputs.get(i);
        }
        if (update.isStochastic()) {
            terms[used + 1] = noise.normal(x.shape());
        }
        return new StepResult(TensorMath.linear(weights, terms), denoised);
    }

    private Tensor epsilon(Tensor x, Tensor predicted, Tensor denoised, LogLevel level) {
        return thresholds
                ? PredictionType.SAMPLE.epsilon(x, denoised, level.alpha(), level.deviation())
                : prediction.epsilon(x, predicted, level.alpha(), level.deviation());
    }

    @Override
    public Tensor noised(Tensor clean, Tensor noise, Evaluation at) {
        LogLevel level = new LogLevel(sigmas[at.index()]);
        return TensorMath.linear(level.alpha(), clean, level.deviation(), noise);
    }
}
