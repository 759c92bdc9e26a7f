// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.solver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.diptych.api.value.Seed;
import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.diffusion.GaussianData;
import dev.diptych.plugin.diffusion.arithmetic.TensorMath;
import dev.diptych.plugin.diffusion.continuous.VariancePreserving;
import dev.diptych.plugin.diffusion.guidance.Denoiser;
import dev.diptych.plugin.diffusion.sampling.Sampler;
import dev.diptych.plugin.diffusion.schedule.NoiseSchedule;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.HashMap;
import java.util.Map;
import java.util.function.DoubleUnaryOperator;
import java.util.function.IntFunction;

/// Solvers on Gaussian data, where the exact answer is known.
class ConvergenceTest {
    private static final GaussianData DATA = new GaussianData(0.5);
    private static final Map<String, Object> STABLE_DIFFUSION =
            Map.of("beta_schedule", "scaled_linear", "beta_start", 0.00085, "beta_end", 0.012);

    @ParameterizedTest
    @CsvSource({
        "DDIMScheduler,               leading, 10, .406577",
        "DDIMScheduler,               leading, 20, .448961",
        "DDIMScheduler,               leading, 50, .478573",
        "DDIMScheduler,               trailing, 10, .400474",
        "DDIMScheduler,               trailing, 20, .445491",
        "DDIMScheduler,               trailing, 50, .477035",
        "PNDMScheduler,               leading, 10, .483711",
        "PNDMScheduler,               leading, 20, .494971",
        "PNDMScheduler,               leading, 50, .500388",
        "DPMSolverMultistepScheduler, linspace, 10, .409739",
        "DPMSolverMultistepScheduler, linspace, 20, .458037",
        "DPMSolverMultistepScheduler, linspace, 50, .484652",
        "DPMSolverMultistepScheduler, karras, 10, .526303",
        "DPMSolverMultistepScheduler, karras, 20, .50739",
        "DPMSolverMultistepScheduler, karras, 50, .500978",
        "UniPCMultistepScheduler,     linspace, 10, .412581",
        "UniPCMultistepScheduler,     linspace, 20, .458517",
        "UniPCMultistepScheduler,     linspace, 50, .484152",
        "EulerDiscreteScheduler,      leading, 10, .404799",
        "EulerDiscreteScheduler,      leading, 20, .446997",
        "EulerDiscreteScheduler,      leading, 50, .47648",
        "HeunDiscreteScheduler,       leading, 10, .519678",
        "HeunDiscreteScheduler,       leading, 20, .504821",
        "HeunDiscreteScheduler,       leading, 50, .500255"
    })
    void reaches_the_known_values_on_gaussian_data(String name, String spacing, int steps, double expected) {
        Map<String, Object> config = new HashMap<>(STABLE_DIFFUSION);
        config.put("_class_name", name);
        config.put("timestep_spacing", spacing.equals("karras") ? "linspace" : spacing);
        config.put("use_karras_sigmas", spacing.equals("karras"));
        config.put("steps_offset", 1);
        config.put("set_alpha_to_one", false);
        config.put("clip_sample", false);
        config.put("skip_prk_steps", true);
        Solver solver = Solvers.of(config, steps);
        double scale = solver.initialScale();
        Tensor start = TensorMath.linear(scale, Tensor.ofFloats(new float[] {1, -0.5f, 2}, 1, 3));

        Tensor sampled = Sampler.of(solver, DATA.denoiser(TrainedSchedule.of(config))).run(start);

        assertThat((double) sampled.floats()[0]).isCloseTo(expected, within(4e-6));
        assertThat((double) sampled.floats()[1]).isCloseTo(-expected / 2, within(4e-6));
        assertThat((double) sampled.floats()[2]).isCloseTo(expected * 2, within(8e-6));
    }

    @ParameterizedTest
    @CsvSource({
        "DPMSolverMultistepScheduler, 1, 1",
        "DPMSolverMultistepScheduler, 2, 2",
        "DPMSolverMultistepScheduler, 3, 2", // it begins with lower orders
        "UniPCMultistepScheduler,     1, 2",
        "UniPCMultistepScheduler,     2, 3",
        "EulerDiscreteScheduler,      1, 1",
        "HeunDiscreteScheduler,       2, 2"
    })
    void converges_with_its_order_over_sigmas(String name, int solverOrder, int expectedOrder) {
        double coarse = errorOverSigmas(name, solverOrder, 20);
        double fine = errorOverSigmas(name, solverOrder, 40);

        assertThat(Math.log(coarse / fine) / Math.log(2)).isGreaterThan(expectedOrder - 0.35);
    }

    /* From the largest trained sigma to the smallest, evenly in its logarithm's likeness, told the true sigma at each evaluation. */
    private static double errorOverSigmas(String name, int order, int steps) {
        Map<String, Object> config = new HashMap<>(STABLE_DIFFUSION);
        config.put("_class_name", name);
        config.put("use_karras_sigmas", true);
        config.put("solver_order", order);
        config.put("lower_order_final", false);
        boolean heun = name.startsWith("Heun");
        if (!heun) {
            config.put("final_sigmas_type", "sigma_min");
        }
        Solver solver = Solvers.of(config, steps);
        double[] sigmas = solver.sigmas();
        boolean scales = name.startsWith("Euler") || heun;
        double first = sigmas[0];
        double from = 1 / (first * first + 1);
        Tensor x = Tensor.ofFloats(new float[] {(float) (scales ? first : 1)}, 1, 1);
        double start = scales ? x.floats()[0] * Math.sqrt(from) : x.floats()[0];
        int last = heun ? sigmas.length - 2 : sigmas.length - 1;
        for (Evaluation at : solver.evaluations().subList(0, last)) {
            double sigma = sigmas[at.index()];
            Tensor output = DATA.epsilon(solver.input(x, at), 1 / (sigma * sigma + 1));
            x = solver.step(x, output, at, NoiseSource.none()).sample();
        }
        double end = sigmas[last];
        double to = 1 / (end * end + 1);
        double reached = scales ? x.floats()[0] * Math.sqrt(to) : x.floats()[0];
        return Math.abs(reached - DATA.flow(start, from, to));
    }

    @Test
    void ddim_converges_with_order_one() {
        double coarse = ddimError(50);
        double fine = ddimError(100);

        assertThat(coarse / fine).isCloseTo(2, within(0.2));
    }

    private static double ddimError(int steps) {
        Map<String, Object> config = new HashMap<>(STABLE_DIFFUSION);
        config.put("_class_name", "DDIMScheduler");
        config.put("clip_sample", false);
        NoiseSchedule schedule = TrainedSchedule.of(config);
        Solver solver = Solvers.of(config, steps);
        double from = schedule.alphaCumulative((int) solver.evaluations().getFirst().timestep());
        Tensor sampled = Sampler.of(solver, DATA.denoiser(schedule)).run(TensorMath.filled(1, 1, 1));
        return Math.abs(sampled.floats()[0] - DATA.flow(1, from, 1));
    }

    @Test
    void the_probability_flow_converges_with_order_two() {
        VariancePreserving process = VariancePreserving.standard();
        double end = 0.01;
        IntFunction<Double> error = steps -> {
            Tensor sampled = Sampler.of(process.probabilityFlow(steps, end), denoiser(process))
                    .run(TensorMath.filled(1, 1, 1));
            double exact = DATA.flow(1, process.alphaCumulative(1), process.alphaCumulative(end));
            return Math.abs(sampled.floats()[0] - exact);
        };

        assertThat(error.apply(40) / error.apply(80)).isCloseTo(4, within(0.6));
    }

    @Test
    void the_reverse_sde_converges_weakly_with_order_one() {
        VariancePreserving process = VariancePreserving.standard();
        double end = 0.1;
        double exact = process.alphaCumulative(end) * 0.25 + 1 - process.alphaCumulative(end);
        IntFunction<Double> error = steps -> {
            double variance = variance(process.reverseSde(steps, end), denoiser(process), process.alphaCumulative(1));
            return Math.abs(variance - exact);
        };

        assertThat(error.apply(400) / error.apply(800)).isCloseTo(2, within(0.3));
        assertThat(error.apply(800)).isLessThan(0.01);
    }

    /* Label 999 t says the time. */
    private static Denoiser denoiser(VariancePreserving process) {
        return (x, label) -> DATA.epsilon(x, process.alphaCumulative(label / 999));
    }

    /* All steps are linear in x and the noise, so that the variance follows from their factors, without sampling. */
    private static double variance(Solver solver, Denoiser denoiser, double startLevel) {
        double variance = startLevel * 0.25 + 1 - startLevel;
        for (Evaluation at : solver.evaluations()) {
            Tensor one = TensorMath.filled(1, 1, 1);
            Tensor zero = TensorMath.filled(0, 1, 1);
            double kept = solver.step(one, denoiser.predict(one, at.timestep()), at, _ -> zero).sample().floats()[0];
            double added = solver.step(zero, zero, at, _ -> one).sample().floats()[0];
            variance = kept * kept * variance + added * added;
        }
        return variance;
    }

    @Test
    void ancestral_sampling_approaches_the_variance_of_the_data() {
        Map<String, Object> config = Map.of("_class_name", "DDPMScheduler", "clip_sample", false);
        NoiseSchedule schedule = TrainedSchedule.of(config);
        DoubleUnaryOperator error = steps -> {
            Solver solver = Solvers.of(config, (int) steps);
            double level = schedule.alphaCumulative((int) solver.evaluations().getFirst().timestep());
            return Math.abs(variance(solver, DATA.denoiser(schedule), level) - 0.25);
        };

        assertThat(error.applyAsDouble(1000)).isLessThan(0.01);
        assertThat(error.applyAsDouble(100) / error.applyAsDouble(200)).isCloseTo(2, within(0.5));
    }

    @ParameterizedTest
    @CsvSource({"DDPMScheduler, 200", "EulerAncestralDiscreteScheduler, 400", "DPMSolverMultistepScheduler, 50"})
    void samples_have_the_moments_of_the_data(String name, int steps) {
        Map<String, Object> config = new HashMap<>(STABLE_DIFFUSION);
        config.put("_class_name", name);
        config.put("clip_sample", false);
        config.put("algorithm_type", "sde-dpmsolver++");
        config.put("timestep_spacing", "trailing");
        Solver solver = Solvers.of(config, steps);
        NoiseSource noise = new Seed(7).generator()::normal;
        Tensor start = TensorMath.linear(solver.initialScale(), noise.normal(1, 40_000));

        Tensor sampled = Sampler.of(solver, DATA.denoiser(TrainedSchedule.of(config))).drawing(noise).run(start);

        double mean = TensorMath.dot(sampled, TensorMath.filled(1, 1, 40_000)) / 40_000;
        assertThat(mean).isCloseTo(0, within(4 * 0.5 / 200));
        assertThat(TensorMath.standardDeviations(sampled)[0]).isCloseTo(0.5, within(0.025));
    }

    @Test
    void ddim_with_full_noise_is_ancestral_sampling() {
        Map<String, Object> ddim = Map.of("_class_name", "DDIMScheduler", "clip_sample", false);
        Map<String, Object> ddpm =
                Map.of("_class_name", "DDPMScheduler", "clip_sample", false, "variance_type", "fixed_small");
        Denoiser denoiser = DATA.denoiser(TrainedSchedule.of(ddim));
        Tensor start = new Seed(1).generator().normal(1, 3, 4, 4);

        Tensor one = Sampler.of(Solvers.of(ddim, 10, Map.of("eta", 1.0)), denoiser)
                .drawing(new Seed(2).generator()::normal)
                .run(start);
        Tensor other = Sampler.of(Solvers.of(ddpm, 10), denoiser)
                .drawing(new Seed(2).generator()::normal)
                .run(start);

        assertThat(TensorMath.distance(one, other)).isLessThan(2e-5);
    }
}
