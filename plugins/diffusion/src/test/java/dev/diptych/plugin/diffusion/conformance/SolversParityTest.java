// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.diptych.api.value.Seed;
import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.diffusion.arithmetic.TensorMath;
import dev.diptych.plugin.diffusion.solver.Evaluation;
import dev.diptych.plugin.diffusion.solver.NoiseSource;
import dev.diptych.plugin.diffusion.solver.Solver;
import dev.diptych.plugin.diffusion.solver.Solvers;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Every solver under many settings against diffusers (`diffusers-reference.py`).
class SolversParityTest {
    /// Relative to the largest value of the trajectory; the reference rounds to float32 in between, and the field is not contracting.
    private static final double TOLERANCE = 1e-4;

    @TestFactory
    @SuppressWarnings("unchecked")
    Stream<DynamicTest> agrees_with_diffusers() throws IOException {
        Map<String, Object> json =
                (Map<String, Object>)
                        (Map<String, ?>) JsonText.object(Files.readString(TestCase.resource("/diffusers.json")));
        Map<String, Tensor> tensors = TestCase.tensors(TestCase.resource("/diffusers.safetensors"));
        List<Map<String, Object>> cases = (List<Map<String, Object>>) json.get("cases");
        assertThat(cases).hasSizeGreaterThan(300);
        AnalyticField field = AnalyticField.parse(String.valueOf(json.get("field")));
        AnalyticField learned = AnalyticField.parse(String.valueOf(json.get("learned_field")));
        return IntStream.range(0, cases.size())
                .mapToObj(i -> {
                    Map<String, Object> test = cases.get(i);
                    return DynamicTest.dynamicTest(
                            i + " " + test.get("config") + " " + test.get("step") + " " + test.get("steps"),
                            () ->
                                    agrees(
                                            test,
                                            tensors.get("sample"),
                                            (Boolean) test.get("learned") ? learned : field,
                                            tensors.get(String.valueOf(i))));
                });
    }

    @SuppressWarnings("unchecked")
    private static void agrees(Map<String, Object> test, Tensor start, AnalyticField field, Tensor expected) {
        int steps = ((Number) test.get("steps")).intValue();
        Solver solver =
                Solvers.of((Map<String, Object>) test.get("config"), steps, (Map<String, Object>) test.get("step"));
        NoiseSource noise =
                test.get("noise_seed") instanceof Number seed
                        ? new Seed(seed.longValue()).generator()::normal
                        : NoiseSource.none();
        List<Number> timesteps = (List<Number>) test.get("timesteps");
        for (int i = 0; i < timesteps.size(); i++) {
            assertThat(solver.evaluations().get(i).timestep())
                    .as("timestep %d", i)
                    .isCloseTo(timesteps.get(i).doubleValue(), within(2e-3));
        }
        assertThat(solver.evaluations()).hasSize(((Number) test.get("evaluations")).intValue());
        double scale = ((Number) test.get("initial_scale")).doubleValue();
        assertThat(solver.initialScale()).isCloseTo(scale, within(1e-5 * scale));

        List<Tensor> points = new ArrayList<>(List.of(start));
        Tensor x = start;
        for (Evaluation at : solver.evaluations()) {
            x = solver.step(x, field.at(solver.input(x, at), at.timestep()), at, noise).sample();
            points.add(x);
        }
        int n = points.size() - 1;
        List<Tensor> compared = CaseTensors.unstack(expected);
        double largest = ((Number) test.get("largest")).doubleValue();
        int[] at = {(n + 3) / 4, (n + 1) / 2, n};
        for (int i = 0; i < at.length; i++) {
            double error = TensorMath.distance(points.get(at[i]), compared.get(i)) / largest;
            assertThat(error).as("relative error after %d of %d evaluations", at[i], n).isLessThan(TOLERANCE);
        }
    }
}
