// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.conformance;

import dev.diptych.api.model.CaseContext;
import dev.diptych.api.model.CaseRunner;
import dev.diptych.api.model.ConformanceCase;
import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.diffusion.arithmetic.TensorMath;
import dev.diptych.plugin.diffusion.gaussian.GaussianDiffusion;
import dev.diptych.plugin.diffusion.gaussian.MeanType;
import dev.diptych.plugin.diffusion.gaussian.SamplingHooks;
import dev.diptych.plugin.diffusion.schedule.NoiseSchedule;
import dev.diptych.plugin.diffusion.schedule.VarianceType;
import dev.diptych.plugin.diffusion.solver.Evaluation;
import dev.diptych.plugin.diffusion.solver.NoiseSource;
import dev.diptych.plugin.diffusion.solver.Solver;
import dev.diptych.plugin.diffusion.solver.StepResult;

import org.jspecify.annotations.Nullable;
import org.pf4j.Extension;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Cases of the kind `diffusion` whose denoiser is a formula: the loops of guided-diffusion.
@Extension
public final class DiffusionCases implements CaseRunner {
    private static final String FAMILY = "guided-diffusion/SpacedDiffusion.";

    @Override
    public boolean runs(ConformanceCase test) {
        return test.kind().equals("diffusion") && test.architecture().startsWith(FAMILY);
    }

    @Override
    public Map<String, Tensor> run(ConformanceCase test, CaseContext context) {
        Map<String, @Nullable Object> json = test.json();
        Arguments arguments = Arguments.of(json);
        GaussianDiffusion process = arguments.process();
        SamplingHooks hooks = hooks(json, arguments.flag("clip_denoised", true));
        Solver solver =
                switch (test.architecture().substring(FAMILY.length())) {
                    case "p_sample_loop" -> process.ancestral(hooks);
                    case "ddim_sample_loop" -> process.ddim(arguments.number("eta", 0), hooks);
                    case "ddim_reverse_sample" -> process.ddimReverse(hooks);
                    default -> throw new UnsupportedOperationException(test.architecture() + " is not implemented");
                };
        if (!(json.get("field") instanceof String field)) {
            throw new UnsupportedOperationException("A case needs field, a text");
        }
        Map<String, Tensor> inputs = test.inputs();
        Tensor x = inputs.get("initial");
        if (x == null) {
            throw new UnsupportedOperationException("A case needs the input initial");
        }
        Tensor draws = inputs.get("noise");
        NoiseSource noise = draws == null ? NoiseSource.none() : NoiseSource.of(CaseTensors.unstack(draws));

        AnalyticField denoiser = AnalyticField.parse(field);
        List<Tensor> trajectory = new ArrayList<>(List.of(x));
        List<Tensor> denoised = new ArrayList<>();
        for (Evaluation at : solver.evaluations()) {
            StepResult result = solver.step(x, denoiser.at(x, at.timestep()), at, noise);
            x = result.sample();
            trajectory.add(x);
            denoised.add(result.denoised());
        }
        Map<String, Tensor> outputs = new HashMap<>();
        outputs.put("trajectory", CaseTensors.stack(trajectory));
        outputs.put("pred_xstart", CaseTensors.stack(denoised));
        outputs.put("timesteps", CaseTensors.longs(process.timesteps()));
        outputs.put("alphas_cumprod", CaseTensors.floats(process.schedule().alphasCumulative()));
        outputs.put("betas", CaseTensors.floats(process.schedule().betas()));
        return outputs;
    }

    private static SamplingHooks hooks(Map<String, @Nullable Object> json, boolean clips) {
        SamplingHooks hooks = clips ? SamplingHooks.clipping() : SamplingHooks.none();
        if (json.get("denoised_fn") instanceof String function) {
            Formula formula = AnalyticField.hook(function);
            hooks = hooks.withDenoised(x -> TensorMath.map(x, value -> formula.at(value, 0)));
        }
        if (json.get("cond") instanceof String condition) {
            AnalyticField field = AnalyticField.parse(condition);
            hooks = hooks.withGradient(field::at);
        }
        return hooks;
    }

    /// The case's `arguments`.
    private record Arguments(Map<?, ?> values) {
        static Arguments of(Map<String, @Nullable Object> json) {
            return new Arguments(json.get("arguments") instanceof Map<?, ?> given ? given : Collections.emptyMap());
        }

        GaussianDiffusion process() {
            int steps = (int) number("steps", 1000);
            try {
                NoiseSchedule schedule =
                        NoiseSchedule.ofBetas(NamedBetas.of(String.valueOf(values.get("noise_schedule")), steps));
                int[] timesteps = NamedBetas.timesteps(values.get("timestep_respacing"), steps);
                GaussianDiffusion process =
                        GaussianDiffusion.of(
                                schedule,
                                timesteps,
                                MeanType.valueOf(String.valueOf(values.get("model_mean_type"))),
                                VarianceType.valueOf(String.valueOf(values.get("model_var_type"))));
                return flag("rescale_timesteps", false) ? process.withRescaledTimesteps(steps) : process;
            } catch (IllegalArgumentException e) {
                throw new UnsupportedOperationException(e.getMessage(), e);
            }
        }

        boolean flag(String name, boolean standard) {
            return values.get(name) instanceof Boolean flag ? flag : standard;
        }

        double number(String name, double standard) {
            return values.get(name) instanceof Number number ? number.doubleValue() : standard;
        }
    }
}
