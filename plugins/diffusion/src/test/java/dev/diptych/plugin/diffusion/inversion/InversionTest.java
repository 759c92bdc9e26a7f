// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.inversion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.value.Seed;
import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.diffusion.GaussianData;
import dev.diptych.plugin.diffusion.arithmetic.TensorMath;
import dev.diptych.plugin.diffusion.gaussian.GaussianDiffusion;
import dev.diptych.plugin.diffusion.gaussian.MeanType;
import dev.diptych.plugin.diffusion.gaussian.SamplingHooks;
import dev.diptych.plugin.diffusion.guidance.Denoiser;
import dev.diptych.plugin.diffusion.sampling.Sampler;
import dev.diptych.plugin.diffusion.sampling.Watcher;
import dev.diptych.plugin.diffusion.schedule.Betas;
import dev.diptych.plugin.diffusion.schedule.NoiseSchedule;
import dev.diptych.plugin.diffusion.schedule.PredictionType;
import dev.diptych.plugin.diffusion.schedule.TimestepRespacing;
import dev.diptych.plugin.diffusion.schedule.VarianceType;
import dev.diptych.plugin.diffusion.solver.Solvers;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import java.util.Map;

class InversionTest {
    private static final GaussianData DATA = new GaussianData(0.5);
    private static final NoiseSchedule LINEAR = NoiseSchedule.ofBetas(Betas.linear(1000));
    private static final NoiseSchedule SCALED = NoiseSchedule.ofBetas(Betas.scaledLinear(0.00085, 0.012, 1000));

    @ParameterizedTest
    @CsvSource({
        "10, linear, .44, .272", "20, linear, .248, .135", "50, linear, .107, .0536", "100, linear, .0553, .0267",
        "250, linear, .0227, .0107", "1000, linear, .00598, .00267",
        "10, scaled, .363, .202", "20, scaled, .213, .0979", "50, scaled, .0983, .0374",
        "100, scaled, .0530, .0183", "250, scaled, .0232, .00722", "1000, scaled, .00726, .0018"
    })
    void explicit_inversion_has_the_known_error_in_each_convention(
            int steps, String schedule, double guidedDiffusion, double diffusers) {
        NoiseSchedule levels = schedule.equals("linear") ? LINEAR : SCALED;

        assertThat(roundTripError(levels, steps, InversionConvention.GUIDED_DIFFUSION))
                .isCloseTo(guidedDiffusion, within(0.006 * guidedDiffusion + 2e-5));
        assertThat(roundTripError(levels, steps, InversionConvention.DIFFUSERS_FROM_CLEAN))
                .isCloseTo(diffusers, within(0.006 * diffusers + 2e-5));
    }

    @ParameterizedTest
    @EnumSource
    void the_error_of_explicit_inversion_falls_as_one_by_the_steps(InversionConvention convention) {
        double coarse = roundTripError(LINEAR, 100, convention);
        double fine = roundTripError(LINEAR, 200, convention);

        assertThat(coarse / fine).isCloseTo(2, within(0.25));
    }

    private static double roundTripError(NoiseSchedule schedule, int steps, InversionConvention convention) {
        double end = convention == InversionConvention.DIFFUSERS_FROM_FIRST_LEVEL ? schedule.alphaCumulative(0) : 1;
        DdimPath path =
                DdimPath.of(schedule, TimestepRespacing.strided(1000, steps), PredictionType.EPSILON, end);
        Denoiser denoiser = DATA.denoiser(schedule);
        Tensor noise = Sampler.of(path.inverse(convention), denoiser).run(TensorMath.filled(0.7, 1, 1));
        Tensor again = Sampler.of(path.sampler(), denoiser).run(noise);
        return Math.abs(again.floats()[0] - 0.7) / 0.7;
    }

    @Test
    void the_conventions_are_those_of_their_references() {
        Tensor picture = new Seed(3).generator().normal(1, 3, 4, 4);
        Denoiser denoiser = InversionTest::smooth;
        GaussianDiffusion process =
                GaussianDiffusion.of(LINEAR, "ddim20", MeanType.EPSILON, VarianceType.FIXED_SMALL);
        DdimPath path = DdimPath.of(process, PredictionType.EPSILON);

        Tensor guidedDiffusion = Sampler.of(process.ddimReverse(SamplingHooks.none()), denoiser).run(picture);
        assertThat(relative(
                        Sampler.of(path.inverse(InversionConvention.GUIDED_DIFFUSION), denoiser).run(picture),
                        guidedDiffusion))
                .isLessThan(1e-4);
        for (boolean clean : new boolean[] {true, false}) {
            Map<String, Object> config = Map.of(
                    "_class_name", "DDIMInverseScheduler", "clip_sample", false, "set_alpha_to_one", clean);
            Tensor diffusers = Sampler.of(Solvers.of(config, 20), denoiser).run(picture);
            InversionConvention convention = clean
                    ? InversionConvention.DIFFUSERS_FROM_CLEAN
                    : InversionConvention.DIFFUSERS_FROM_FIRST_LEVEL;
            assertThat(relative(Sampler.of(path.inverse(convention), denoiser).run(picture), diffusers))
                    .isLessThan(1e-4);
        }
    }

    @ParameterizedTest
    @CsvSource({"EPSILON, 1, 0", "EPSILON, 0.7, 0", "EPSILON, 1, 3", "VELOCITY, 1, 0", "VELOCITY, 1, 3"})
    void implicit_inversion_undoes_the_sampler(PredictionType prediction, double damping, int memory) {
        DdimPath path = DdimPath.of(LINEAR, TimestepRespacing.strided(1000, 100), prediction, 1);
        Tensor picture = new Seed(4).generator().uniform(1, 3, 8, 8);
        Denoiser denoiser = (x, timestep) -> bimodal(prediction, x, LINEAR.alphaCumulative((int) timestep));

        Inversion found = ImplicitInversion.along(path)
                .damped(damping)
                .accelerated(memory)
                .run(picture, denoiser, Watcher.none());

        assertThat(found.isExact()).as("%s", found.notice()).isTrue();
        assertThat(found.residual()).isLessThanOrEqualTo(1e-6);
        assertThat(found.evaluations()).isBetween(200, 3000);
        Tensor again = Sampler.of(path.sampler(), denoiser).run(found.latent());
        assertThat(relative(again, picture)).isLessThan(1e-5);
    }

    @Test
    void implicit_inversion_is_closer_than_explicit() {
        DdimPath path = DdimPath.of(LINEAR, TimestepRespacing.strided(1000, 50), PredictionType.EPSILON, 1);
        Tensor picture = new Seed(4).generator().uniform(1, 3, 8, 8);
        Tensor explicit = Sampler.of(path.inverse(InversionConvention.DIFFUSERS_FROM_CLEAN), InversionTest::smooth)
                .run(picture);
        double explicitError =
                relative(Sampler.of(path.sampler(), InversionTest::smooth).run(explicit), picture);
        Tensor implicit = ImplicitInversion.along(path)
                .run(picture, InversionTest::smooth, Watcher.none())
                .latent();
        double implicitError =
                relative(Sampler.of(path.sampler(), InversionTest::smooth).run(implicit), picture);

        assertThat(implicitError).isLessThan(explicitError / 100);
    }

    @Test
    void acceleration_takes_fewer_evaluations_where_contraction_is_slow() {
        DdimPath path = DdimPath.of(LINEAR, TimestepRespacing.strided(1000, 20), PredictionType.EPSILON, 1);
        Tensor picture = new Seed(4).generator().uniform(1, 3, 4, 4);

        Inversion plain = ImplicitInversion.along(path).run(picture, InversionTest::smooth, Watcher.none());
        Inversion accelerated =
                ImplicitInversion.along(path).accelerated(5).run(picture, InversionTest::smooth, Watcher.none());

        assertThat(accelerated.isExact()).isTrue();
        assertThat(accelerated.evaluations()).isLessThan(plain.evaluations());
    }

    @Test
    void a_step_that_does_not_contract_is_given_up_and_told() {
        DdimPath path = DdimPath.of(LINEAR, TimestepRespacing.strided(1000, 10), PredictionType.EPSILON, 1);
        Tensor picture = new Seed(4).generator().uniform(1, 3, 4, 4);
        Denoiser steep = (x, _) -> TensorMath.map(x, value -> 30 * Math.sin(40 * value));

        Inversion found = ImplicitInversion.along(path).run(picture, steep, Watcher.none());

        assertThat(found.isExact()).isFalse();
        assertThat(found.notice()).get().asString().contains("did not contract at 10 steps");
        assertThat(found.evaluations()).isLessThan(10 * 50);
        assertThat(TensorMath.isFinite(found.latent())).isTrue();
    }

    @Test
    void an_exploding_step_leaves_a_finite_latent() {
        DdimPath path = DdimPath.of(LINEAR, TimestepRespacing.strided(1000, 10), PredictionType.EPSILON, 1);
        Denoiser exploding = (x, _) -> TensorMath.map(x, value -> Math.exp(80 * Math.abs(value)));

        Inversion found = ImplicitInversion.along(path)
                .run(TensorMath.filled(0.9, 1, 1, 2, 2), exploding, Watcher.none());

        assertThat(found.isExact()).isFalse();
    }

    @Test
    void a_picture_without_noise_cannot_be_inverted_by_a_network_that_predicts_pictures() {
        DdimPath path = DdimPath.of(LINEAR, TimestepRespacing.strided(1000, 10), PredictionType.SAMPLE, 1);

        assertThatThrownBy(() -> path.inverse(InversionConvention.DIFFUSERS_FROM_CLEAN))
                .isInstanceOf(NodeException.class)
                .hasMessageContaining("predicts pictures");
        assertThat(path.inverse(InversionConvention.GUIDED_DIFFUSION).evaluations()).hasSize(10);
    }

    /* The exact answer for pictures whose values lie around -0.5 and 0.5. */
    private static Tensor bimodal(PredictionType prediction, Tensor x, double alphaCumulative) {
        double signal = Math.sqrt(alphaCumulative);
        double noise = 1 - alphaCumulative;
        double variance = alphaCumulative * 0.09 + noise;
        return TensorMath.map(x, value -> {
            double side = Math.tanh(signal * 0.5 * value / variance) * 0.5;
            double epsilon = Math.sqrt(noise) * (value - signal * side) / variance;
            double denoised = side + signal * 0.09 * (value - signal * side) / variance;
            return prediction == PredictionType.EPSILON
                    ? epsilon
                    : signal * epsilon - Math.sqrt(noise) * denoised;
        });
    }

    /* Not linear, of slope up to 1, as networks are in most places. */
    private static Tensor smooth(Tensor x, double timestep) {
        return TensorMath.map(x, value -> 0.4 * Math.sin(1.5 * value + timestep / 300) + 0.3 * value);
    }

    private static double relative(Tensor actual, Tensor expected) {
        return TensorMath.distance(actual, expected) / TensorMath.largest(expected);
    }
}
