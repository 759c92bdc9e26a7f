// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.conformance;

import dev.diptych.api.model.CaseContext;
import dev.diptych.api.model.CaseRunner;
import dev.diptych.api.model.ConformanceCase;
import dev.diptych.api.value.NoiseGenerator;
import dev.diptych.api.value.Seed;
import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.diffusion.solver.Evaluation;
import dev.diptych.plugin.diffusion.solver.NoiseSource;
import dev.diptych.plugin.diffusion.solver.Solver;
import dev.diptych.plugin.diffusion.solver.Solvers;
import dev.diptych.plugin.diffusion.solver.TrainedSchedule;

import org.jspecify.annotations.Nullable;
import org.pf4j.Extension;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Cases of the kind `solver`: a scheduler's configuration, a denoiser as a formula, and the trajectory that they make.
@Extension
public final class SolverCases implements CaseRunner {
    @Override
    public boolean runs(ConformanceCase test) {
        return test.kind().equals("solver");
    }

    @Override
    public Map<String, Tensor> run(ConformanceCase test, CaseContext context) throws IOException {
        Map<String, @Nullable Object> config =
                JsonText.object(Files.readString(test.folder().resolve("model/config.json")));
        Map<String, @Nullable Object> json = test.json();
        if (!(json.get("steps") instanceof Number steps) || !(json.get("field") instanceof String field)) {
            throw new UnsupportedOperationException("A case needs steps, a number, and field, a text");
        }
        Tensor start = test.inputs().get("sample");
        if (start == null) {
            throw new UnsupportedOperationException("A case needs the input sample");
        }
        Solver solver = solver(config, steps.intValue(), json.get("step"));
        AnalyticField denoiser = AnalyticField.parse(field);
        NoiseSource noise = noise(json.get("noise_seed"));

        List<Tensor> trajectory = new ArrayList<>(List.of(start));
        Tensor x = start;
        for (Evaluation at : solver.evaluations()) {
            Tensor output = denoiser.at(solver.input(x, at), at.timestep());
            x = solver.step(x, output, at, noise).sample();
            trajectory.add(x);
        }
        Map<String, Tensor> outputs = new HashMap<>();
        outputs.put("trajectory", CaseTensors.stack(trajectory));
        outputs.put(
                "timesteps",
                CaseTensors.floats(solver.evaluations().stream().mapToDouble(Evaluation::timestep).toArray()));
        outputs.put("alphas_cumprod", CaseTensors.floats(TrainedSchedule.of(config).alphasCumulative()));
        double[] sigmas = solver.sigmas();
        if (sigmas.length > 0) {
            outputs.put("sigmas", CaseTensors.floats(sigmas));
        }
        return outputs;
    }

    private static Solver solver(Map<String, @Nullable Object> config, int steps, @Nullable Object step) {
        Map<String, Object> arguments = new HashMap<>();
        if ("UnCLIPScheduler".equals(config.get("_class_name"))) {
            arguments.put("prev", false); // its steps are not told the next timestep unless the case says so
        }
        if (step instanceof Map<?, ?> given) {
            given.forEach((name, value) -> arguments.put(String.valueOf(name), value));
        }
        return Solvers.of(config, steps, arguments);
    }

    private static NoiseSource noise(@Nullable Object seed) {
        if (seed == null) {
            return NoiseSource.none();
        }
        if (!(seed instanceof Number number)) {
            throw new UnsupportedOperationException("noise_seed is " + seed + ", not a number");
        }
        NoiseGenerator generator = new Seed(number.longValue()).generator();
        return generator::normal;
    }
}
