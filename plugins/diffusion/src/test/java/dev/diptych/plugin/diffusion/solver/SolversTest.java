// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.solver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.value.Seed;
import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.diffusion.arithmetic.TensorMath;
import dev.diptych.plugin.diffusion.schedule.NoiseSchedule;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

class SolversTest {
    static Set<String> classNames() {
        return Solvers.classNames();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    DDIMScheduler               | beta_schedule     | cubic       | one of linear, scaled_linear
                    DDIMScheduler               | prediction_type   | flow        | one of epsilon, sample, v_prediction
                    DDIMScheduler               | timestep_spacing  | random      | one of leading, trailing, linspace
                    DDIMScheduler               | clip_sample       | often       | true or false
                    DDIMScheduler               | clip_sample_size  | 2           | has no option "clip_sample_size"
                    DDIMInverseScheduler        | timestep_spacing  | linspace    | one of leading, trailing
                    DDPMScheduler               | variance_type     | fixed_tiny  | one of fixed_small
                    UnCLIPScheduler             | beta_schedule     | linear      | only squaredcos_cap_v2
                    UnCLIPScheduler             | prediction_type   | v_prediction | one of epsilon, sample
                    EulerAncestralDiscreteScheduler | prediction_type | sample    | one of epsilon, v_prediction
                    DPMSolverMultistepScheduler | use_flow_sigmas   | true        | only false
                    DPMSolverMultistepScheduler | solver_order      | 4           | 1, 2, 3
                    DPMSolverMultistepScheduler | algorithm_type    | dpmsolver   | sigma_min
                    UniPCMultistepScheduler     | solver_p          | something   | not implemented
                    UniPCMultistepScheduler     | shift_terminal    | 0.1         | not implemented
                    PNDMScheduler               | prediction_type   | sample      | one of epsilon, v_prediction
                    LCMScheduler                | original_inference_steps | 2000 | 1 … 1000
                    """)
    void refuses_an_option_it_does_not_implement_by_name(String name, String option, String value, String allowed) {
        Object typed =
                value.equals("true")
                        ? (Object) true
                        : value.matches("[0-9.]+") ? (Object) Double.valueOf(value) : value;
        Map<String, Object> config = Map.of("_class_name", name, option, typed);

        assertThatThrownBy(() -> Solvers.of(config, 4))
                .isInstanceOf(NodeException.class)
                .hasMessageContaining(name)
                .hasMessageContaining(allowed)
                .satisfies(e -> assertThat(((NodeException) e).code()).startsWith("diffusion/"));
    }

    @Test
    void passes_over_what_published_files_carry_for_other_schedulers() {
        Map<String, Object> config =
                new HashMap<>(
                        Map.of(
                                "_class_name",
                                "DPMSolverMultistepScheduler",
                                "_diffusers_version",
                                "0.40.0",
                                "clip_sample",
                                false,
                                "set_alpha_to_one",
                                false,
                                "skip_prk_steps",
                                true,
                                "lambda_min_clipped",
                                Double.NEGATIVE_INFINITY));
        config.put("trained_betas", null);
        config.put("unknown_but_nothing", null);

        assertThatCode(() -> Solvers.of(config, 20)).doesNotThrowAnyException();
    }

    @Test
    void names_the_schedulers_there_are() {
        assertThatThrownBy(() -> Solvers.of(Map.of("_class_name", "MagicScheduler"), 10))
                .hasMessageContaining("MagicScheduler")
                .hasMessageContaining("DDIMScheduler, DDPMScheduler");
        assertThatThrownBy(() -> Solvers.of(Map.of(), 10)).hasMessageContaining("null");
    }

    @ParameterizedTest
    @MethodSource("classNames")
    void refuses_steps_outside_the_schedule(String name) {
        for (int steps : new int[] {0, -3, 1001, Integer.MAX_VALUE}) {
            assertThatThrownBy(() -> Solvers.of(Map.of("_class_name", name), steps))
                    .isInstanceOf(NodeException.class)
                    .hasMessageContaining(String.valueOf(steps));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"DPMSolverMultistepScheduler", "UniPCMultistepScheduler"})
    void refuses_more_steps_than_a_multistep_solver_finds_levels_for(String name) {
        for (String spacing : List.of("linspace", "leading")) {
            assertThatThrownBy(() -> Solvers.of(Map.of("_class_name", name, "timestep_spacing", spacing), 1000))
                    .isInstanceOf(NodeException.class)
                    .hasMessageContaining("of 1000 steps two would be at the same");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"DPMSolverMultistepScheduler", "HeunDiscreteScheduler"})
    void karras_sigmas_lie_between_those_that_a_configuration_brings_along(String name) {
        Map<String, Object> karras = Map.of("_class_name", name, "use_karras_sigmas", true);
        Map<String, Object> bounded = new HashMap<>(karras);
        bounded.putAll(Map.of("sigma_min", 0.05, "sigma_max", 10));

        assertThat(Solvers.of(karras, 8).sigmas()[0]).isGreaterThan(14);
        assertThat(Solvers.of(bounded, 8).sigmas()[0]).isCloseTo(10, within(1e-5));
    }

    @Test
    void takes_the_settings_of_a_ddpm_scheduler_for_a_multistep_solver() {
        Map<String, Object> carriedOver =
                Map.of("_class_name", "DPMSolverMultistepScheduler", "variance_type", "fixed_small");

        assertThat(Solvers.of(carriedOver, 8).evaluations()).hasSize(8);
    }

    @Test
    void refuses_a_timestep_that_was_not_trained() {
        assertThatThrownBy(() -> Solvers.of(Map.of("_class_name", "DDIMScheduler", "steps_offset", 1), 1000))
                .hasMessageContaining("timestep 1000.0 is outside 0 … 999");
    }

    @Test
    void takes_as_many_steps_as_asked_where_the_stride_has_no_exact_number() {
        for (String name : List.of("DDIMScheduler", "EulerDiscreteScheduler", "UniPCMultistepScheduler")) {
            for (int steps : new int[] {61, 103, 998}) {
                Solver solver = Solvers.of(Map.of("_class_name", name, "timestep_spacing", "trailing"), steps);

                assertThat(solver.evaluations()).hasSize(steps);
            }
        }
    }

    @Test
    void refuses_a_step_argument_the_solver_does_not_have() {
        assertThatThrownBy(() -> Solvers.of(Map.of("_class_name", "DDPMScheduler"), 10, Map.of("eta", 1)))
                .hasMessageContaining("DDPMScheduler.step has no option \"eta\"");
    }

    @Test
    void refuses_to_predict_noise_of_nothing_but_noise() {
        Map<String, Object> config =
                Map.of(
                        "_class_name",
                        "DDIMScheduler",
                        "rescale_betas_zero_snr",
                        true,
                        "timestep_spacing",
                        "trailing",
                        "clip_sample",
                        false);

        assertThatThrownBy(() -> Solvers.of(config, 10)).hasMessageContaining("pure noise");
    }

    @ParameterizedTest
    @ValueSource(strings = {"HeunDiscreteScheduler", "PNDMScheduler", "UnCLIPScheduler"})
    void passes_over_rescaled_betas_where_the_scheduler_has_none(String name) {
        Tensor x = new Seed(1).generator().normal(1, 3, 2, 2);
        Map<String, Object> plain = Map.of("_class_name", name);
        Map<String, Object> rescaled = Map.of("_class_name", name, "rescale_betas_zero_snr", true);

        assertThat(sample(Solvers.of(rescaled, 5), x, 3)).isEqualTo(sample(Solvers.of(plain, 5), x, 3));
        assertThat(TrainedSchedule.of(rescaled).betas()).isEqualTo(TrainedSchedule.of(plain).betas());
    }

    @Test
    void refuses_betas_that_are_none() {
        assertThatThrownBy(() -> Solvers.of(Map.of("_class_name", "DDIMScheduler", "beta_end", 3), 10))
                .hasMessageContaining("outside 0 … 1");
        assertThatThrownBy(
                        () -> Solvers.of(Map.of("_class_name", "DDIMScheduler", "trained_betas", List.of(0.1, 0.2)), 2))
                .hasMessageContaining("2 values");
    }

    @ParameterizedTest
    @MethodSource("classNames")
    void tells_which_shapes_a_network_may_give(String name) {
        Solver solver = Solvers.of(Map.of("_class_name", name), 10);
        Tensor x = TensorMath.filled(0.1, 1, 3, 2, 2);

        assertThatThrownBy(() ->
                        solver.step(
                                x,
                                TensorMath.filled(0, 1, 4, 2, 2),
                                solver.evaluations().getFirst(),
                                new Seed(1).generator()::normal))
                .isInstanceOf(NodeException.class)
                .hasMessageContaining("[1, 4, 2, 2]")
                .hasMessageContaining("[1, 3, 2, 2]");
    }

    @ParameterizedTest
    @MethodSource("classNames")
    void leaves_out_variance_channels_it_does_not_need(String name) {
        Tensor x = new Seed(1).generator().normal(1, 3, 2, 2);
        Tensor plain = sample(Solvers.of(Map.of("_class_name", name), 5), x, 3);
        Tensor doubled = sample(Solvers.of(Map.of("_class_name", name), 5), x, 6);

        assertThat(doubled).isEqualTo(plain);
    }

    private static Tensor sample(Solver solver, Tensor start, int channels) {
        Tensor x = start;
        NoiseSource noise = new Seed(2).generator()::normal;
        for (Evaluation at : solver.evaluations()) {
            Tensor input = solver.input(x, at);
            float[] values =
                    Arrays.copyOf(
                            TensorMath.map(input, value -> Math.sin(value + at.timestep() / 100)).floats(),
                            channels * 4);
            x = solver.step(x, Tensor.ofFloats(values, 1, channels, 2, 2), at, noise).sample();
        }
        return x;
    }

    @ParameterizedTest
    @MethodSource("classNames")
    void samples_do_not_depend_on_their_neighbours_in_the_batch(String name) {
        Tensor first = new Seed(1).generator().normal(1, 3, 4, 4);
        Tensor second = new Seed(2).generator().normal(1, 3, 4, 4);
        Tensor zero = TensorMath.filled(0, 2, 3, 4, 4);
        List<Tensor> alone = new ArrayList<>();
        for (Tensor start : List.of(first, second)) {
            alone.add(deterministic(name, start, TensorMath.filled(0, 1, 3, 4, 4)));
        }
        float[] joined = Arrays.copyOf(first.floats(), 96);
        System.arraycopy(second.floats(), 0, joined, 48, 48);

        Tensor together = deterministic(name, Tensor.ofFloats(joined, 2, 3, 4, 4), zero);

        assertThat(Arrays.copyOfRange(together.floats(), 0, 48)).isEqualTo(alone.getFirst().floats());
        assertThat(Arrays.copyOfRange(together.floats(), 48, 96)).isEqualTo(alone.getLast().floats());
    }

    private static Tensor deterministic(String name, Tensor start, Tensor zero) {
        Solver solver = Solvers.of(Map.of("_class_name", name, "thresholding", true, "sample_max_value", 2), 6);
        Tensor x = start;
        for (Evaluation at : solver.evaluations()) {
            Tensor output = TensorMath.map(solver.input(x, at), Math::sin);
            x = solver.step(x, output, at, _ -> zero).sample();
        }
        return x;
    }

    @ParameterizedTest
    @MethodSource("classNames")
    void allocates_a_few_tensors_a_step(String name) {
        int size = 64 * 64 * 4;
        Tensor start = new Seed(1).generator().normal(1, 4, 64, 64);
        Tensor output = new Seed(2).generator().normal(1, 4, 64, 64);
        int steps = name.startsWith("LCM") ? 25 : 50;
        for (int warm = 0; warm < 2; warm++) {
            Solver solver = Solvers.of(Map.of("_class_name", name), steps);
            long before = allocatedBytes();
            Tensor x = start;
            for (Evaluation at : solver.evaluations()) {
                solver.input(x, at);
                x = solver.step(x, output, at, _ -> output).sample();
            }
            long tensors = (allocatedBytes() - before) / (4L * size) / solver.evaluations().size();
            assertThat(tensors).isLessThanOrEqualTo(8);
        }
    }

    private static long allocatedBytes() {
        return ((com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean()).getCurrentThreadAllocatedBytes();
    }

    @ParameterizedTest
    @CsvSource({"1.0, 0", "0.5, 25", "0.3, 35", "0.0, 50", "0.999, 1"})
    void begins_later_the_less_a_picture_is_to_change(double strength, int index) {
        assertThat(Solvers.of(Map.of("_class_name", "DDIMScheduler"), 50).startIndex(strength)).isEqualTo(index);
    }

    @Test
    void begins_at_a_whole_level_where_one_takes_two_evaluations() {
        Solver heun = Solvers.of(Map.of("_class_name", "HeunDiscreteScheduler"), 10);

        assertThat(heun.evaluations()).hasSize(19);
        assertThat(heun.startIndex(0.5)).isEqualTo(10);
        assertThat(heun.startIndex(0)).isEqualTo(19);
    }

    @ParameterizedTest
    @CsvSource({"1.0, 0", "0.6, 4", "0.1, 9", "0.0, 11"})
    void counts_steps_and_not_evaluations_where_the_reference_does(double strength, int index) {
        Solver pndm = Solvers.of(Map.of("_class_name", "PNDMScheduler", "skip_prk_steps", true), 10);

        assertThat(pndm.evaluations()).hasSize(11);
        assertThat(pndm.startIndex(strength)).isEqualTo(index);
    }

    @ParameterizedTest
    @MethodSource("classNames")
    void a_noised_picture_has_the_level_that_the_solver_begins_with(String name) {
        Map<String, Object> config = Map.of("_class_name", name);
        Solver solver = Solvers.of(config, 10);
        NoiseSchedule schedule = TrainedSchedule.of(config);
        Evaluation at = solver.evaluations().get(5);
        Tensor clean = TensorMath.filled(1, 1, 1);
        Tensor nothing = TensorMath.filled(0, 1, 1);

        double signal = solver.input(solver.noised(clean, nothing, at), at).floats()[0];
        double noise = solver.input(solver.noised(nothing, clean, at), at).floats()[0];

        assertThat(signal * signal + noise * noise).isBetween(0.99999, 1.00001);
        double alpha = schedule.alphaCumulative((int) at.timestep());
        double next = schedule.alphaCumulative((int) at.timestep() + 1);
        assertThat(signal * signal).isBetween(next - 1e-6, alpha + 1e-6);
    }

    @Test
    void dynamic_thresholding_divides_by_what_it_clips_to() {
        float[] values = new float[13];
        for (int i = 0; i < 13; i++) {
            values[i] = -3 + i * 0.5f;
        }
        Tensor x = Tensor.ofFloats(values, 1, 13);

        Tensor wide = Thresholding.dynamic(0.995, Double.POSITIVE_INFINITY).apply(x);
        Tensor narrow = Thresholding.dynamic(0.95, 1.5).apply(x);

        assertThat(wide).isEqualTo(TensorMath.linear(1.0 / 3, x));
        assertThat(TensorMath.distance(narrow, TensorMath.clamp(TensorMath.linear(1 / 1.5, x), -1, 1)))
                .isLessThan(1e-6);
    }

    @Test
    void a_source_of_given_draws_ends_after_the_last() {
        NoiseSource noise = NoiseSource.of(List.of(TensorMath.filled(1, 1)));

        assertThat(noise.normal(1).floats()[0]).isEqualTo(1);
        assertThatThrownBy(() -> noise.normal(1)).hasMessageContaining("used up");
        assertThatThrownBy(() -> NoiseSource.none().normal(1)).isInstanceOf(IllegalStateException.class);
    }
}
