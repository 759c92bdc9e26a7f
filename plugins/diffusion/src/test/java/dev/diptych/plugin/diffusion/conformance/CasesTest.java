// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diptych.api.model.CaseContext;
import dev.diptych.api.model.CaseRunner;
import dev.diptych.api.model.Model;
import dev.diptych.api.model.Tokenizers;
import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.diffusion.arithmetic.TensorMath;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// What diffusers, guided-diffusion and GLIDE have computed for denoisers that are formulas.
class CasesTest {
    private static final List<CaseRunner> RUNNERS = List.of(new SolverCases(), new DiffusionCases(), new TableCases());

    private static final CaseContext NOTHING =
            new CaseContext() {

                @Override
                public Model model(Path folder, String className) {
                    throw new UnsupportedOperationException();
                }

                @Override
                public Tokenizers tokenizers() {
                    throw new UnsupportedOperationException();
                }

                @Override
                public byte[] vocabulary(String name) {
                    throw new UnsupportedOperationException();
                }
            };

    @TestFactory
    Stream<DynamicTest> follows_the_trajectories_of_diffusers() throws IOException {
        return tests("solver");
    }

    @TestFactory
    Stream<DynamicTest> follows_the_loops_and_tables_of_guided_diffusion() throws IOException {
        return tests("adm-diffusion");
    }

    private static Stream<DynamicTest> tests(String group) throws IOException {
        List<TestCase> cases = TestCase.all(group);
        assertThat(cases).isNotEmpty();
        return cases.stream().map(test -> DynamicTest.dynamicTest(test.name(), () -> passes(test)));
    }

    private static void passes(TestCase test) throws Exception {
        List<CaseRunner> runners = RUNNERS.stream().filter(runner -> runner.runs(test)).toList();
        assertThat(runners).hasSize(1);
        Map<String, Tensor> outputs = runners.getFirst().run(test, NOTHING);
        Map<String, Tensor> expected = test.outputs();
        assertThat(expected).isNotEmpty();
        expected.forEach((name, tensor) -> isClose(name, outputs.get(name), tensor, test.tolerance()));
    }

    static void isClose(String name, Tensor actual, Tensor expected, double tolerance) {
        assertThat(actual).as(name).isNotNull();
        assertThat(actual.shape()).as(name).isEqualTo(expected.shape());
        if (expected.type() == Tensor.Type.INT64) {
            assertThat(actual.longs()).as(name).isEqualTo(expected.longs());
        } else {
            double error = TensorMath.distance(actual, expected) / TensorMath.largest(expected);
            assertThat(error).as(name).isLessThanOrEqualTo(tolerance);
        }
    }
}
