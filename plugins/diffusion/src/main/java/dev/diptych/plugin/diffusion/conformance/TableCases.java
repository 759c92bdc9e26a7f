// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.conformance;

import dev.diptych.api.model.CaseContext;
import dev.diptych.api.model.CaseRunner;
import dev.diptych.api.model.ConformanceCase;
import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.diffusion.gaussian.GaussianDiffusion;
import dev.diptych.plugin.diffusion.gaussian.MeanType;
import dev.diptych.plugin.diffusion.schedule.NoiseSchedule;
import dev.diptych.plugin.diffusion.schedule.VarianceType;

import org.pf4j.Extension;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;

/// Cases of the kind `table` with the numbers of guided-diffusion's schedules and GLIDE's respacings.
@Extension
public final class TableCases implements CaseRunner {
    @Override
    public boolean runs(ConformanceCase test) {
        return test.kind().equals("table")
                && (test.architecture().startsWith("guided-diffusion/get_named_beta_schedule")
                        || test.architecture().endsWith("/respace.space_timesteps"));
    }

    @Override
    public Map<String, Tensor> run(ConformanceCase test, CaseContext context) {
        if (!(test.json().get("draws") instanceof List<?> draws)) {
            throw new UnsupportedOperationException("A table needs draws, a list");
        }
        Map<String, Tensor> outputs = new HashMap<>();
        for (Object draw : draws) {
            if (!(draw instanceof Map<?, ?> row)) {
                throw new UnsupportedOperationException("A draw is " + draw + ", not an object");
            }
            add(row, outputs);
        }
        return outputs;
    }

    private static void add(Map<?, ?> row, Map<String, Tensor> outputs) {
        if (row.get("section_counts") != null) {
            int[] timesteps = NamedBetas.timesteps(row.get("section_counts"), integer(row, "num_timesteps"));
            outputs.put(String.valueOf(row.get("output")), CaseTensors.longs(timesteps));
            return;
        }
        int steps = integer(row, "num_diffusion_timesteps");
        double[] betas = NamedBetas.of(String.valueOf(row.get("schedule")), steps);
        if (row.get("output") != null) {
            outputs.put(String.valueOf(row.get("output")), CaseTensors.floats(betas));
            return;
        }
        String prefix = String.valueOf(row.get("outputs")).replace("*", "");
        GaussianDiffusion process =
                GaussianDiffusion.of(
                        NoiseSchedule.ofBetas(betas),
                        NamedBetas.timesteps(row.get("timestep_respacing"), steps),
                        MeanType.EPSILON,
                        VarianceType.FIXED_SMALL);
        NoiseSchedule spaced = process.schedule();
        Map<String, IntToDoubleFunction> columns =
                Map.of(
                        "betas", spaced::beta,
                        "alphas_cumprod", spaced::alphaCumulative,
                        "alphas_cumprod_prev", i -> i == 0 ? 1 : spaced.alphaCumulative(i - 1),
                        "posterior_variance", process::posteriorVariance,
                        "posterior_log_variance_clipped", process::posteriorLogVariance,
                        "posterior_mean_coef1", process::posteriorFromDenoised,
                        "posterior_mean_coef2", process::posteriorFromSample,
                        "sqrt_recip_alphas_cumprod", i -> Math.sqrt(1 / spaced.alphaCumulative(i)),
                        "sqrt_recipm1_alphas_cumprod", i -> Math.sqrt(1 / spaced.alphaCumulative(i) - 1));
        columns.forEach((name, column) ->
                outputs.put(
                        prefix + name,
                        CaseTensors.floats(IntStream.range(0, process.length()).mapToDouble(column).toArray())));
    }

    private static int integer(Map<?, ?> row, String name) {
        if (row.get(name) instanceof Number number) {
            return number.intValue();
        }
        throw new UnsupportedOperationException("A draw needs " + name + ", a number");
    }
}
