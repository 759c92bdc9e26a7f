// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.value.Seed;
import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.diffusion.arithmetic.TensorMath;
import dev.diptych.plugin.diffusion.solver.TrainedSchedule;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.Map;

class SchedulesTest {
    @ParameterizedTest
    @CsvSource({
        "0, 0.9999, 0.9999587158", "10, 0.9978065725, 0.9992789038", "100, 0.8951415909, 0.9715756818",
        "250, 0.5214230306, 0.8458879865", "500, 0.07779665837, 0.4922851724", "750, 0.003300158362, 0.1431786464",
        "900, 2.702445196e-4, 0.02361610879", "980, 5.903751371e-5, 8.76529382e-4",
                "999, 4.035829765e-5, 2.428766907e-9"
    })
    void have_the_published_levels(int timestep, double linear, double cosine) {
        assertThat(NoiseSchedule.ofBetas(Betas.linear(1000)).alphaCumulative(timestep))
                .isCloseTo(linear, within(1e-8 * linear + 1e-12));
        assertThat(NoiseSchedule.ofBetas(Betas.cosine(1000)).alphaCumulative(timestep))
                .isCloseTo(cosine, within(1e-8 * cosine));
    }

    @ParameterizedTest
    @CsvSource({"0, 0.99914998", "100, 0.89422315", "500, 0.27633247", "999, 0.0046600951"})
    void have_the_float32_levels_of_stable_diffusion(int timestep, double expected) {
        NoiseSchedule schedule =
                TrainedSchedule.of(Map.of("beta_schedule", "scaled_linear", "beta_start", 0.00085, "beta_end", 0.012));

        assertThat(schedule.alphaCumulative(timestep)).isCloseTo(expected, within(1e-6 * expected));
    }

    @Test
    void the_constant_schedule_of_the_diffusion_autoencoder_has_its_level() {
        assertThat(NoiseSchedule.ofBetas(Betas.constant(0.008, 1000)).alphaCumulative(999))
                .isCloseTo(3.2484e-4, within(1e-8));
    }

    @Test
    void without_terminal_signal_the_first_level_stays_and_the_last_is_noise() {
        NoiseSchedule schedule = TrainedSchedule.of(Map.of("_class_name", "DDIMScheduler"));
        NoiseSchedule rescaled = schedule.withZeroTerminalSnr();

        assertThat(rescaled.alphaCumulative(0)).isCloseTo(schedule.alphaCumulative(0), within(1e-6));
        assertThat(rescaled.alphaCumulative(999)).isZero();
        assertThat(rescaled.sigma(999)).isInfinite();
    }

    @ParameterizedTest
    @ValueSource(strings = {"ddim3000", "ddim7x", "10,,3", "1001", "500,600", "-3", "0", "abc"})
    void a_respacing_that_cannot_be_is_refused(String text) {
        assertThatThrownBy(() -> TimestepRespacing.parse(text, 1000))
                .isInstanceOf(NodeException.class)
                .satisfies(e -> assertThat(((NodeException) e).code()).isEqualTo("diffusion/respacing"));
    }

    @Test
    void a_respacing_of_nothing_keeps_all() {
        assertThat(TimestepRespacing.parse("", 50)).hasSize(50);
        assertThat(TimestepRespacing.parse("7", 1000)).containsExactly(0, 166, 333, 500, 666, 832, 999);
    }

    @Test
    void sigma_schedules_fall_from_the_largest_to_the_smallest() {
        for (SigmaSchedule schedule :
                new SigmaSchedule[] {SigmaSchedule.karras(), SigmaSchedule.exponential(), SigmaSchedule.beta()}) {
            double[] sigmas = schedule.sigmas(0.03, 14.6, 12);

            assertThat(sigmas).hasSize(12);
            assertThat(sigmas[0]).isCloseTo(14.6, within(1e-9));
            assertThat(sigmas[11]).isCloseTo(0.03, within(1e-9));
            for (int i = 1; i < 12; i++) {
                assertThat(sigmas[i]).isLessThan(sigmas[i - 1]);
            }
            assertThat(schedule.sigmas(0.03, 14.6, 1)).containsExactly(new double[] {14.6}, within(1e-9));
        }
    }

    @Test
    void the_karras_schedule_has_its_published_values() {
        assertThat(SigmaSchedule.karras().sigmas(0.0291672, 14.61465, 10))
                .containsExactly(
                        new double[] {
                            14.61465, 9.10294, 5.4784, 3.16861, 1.74942, .91408, .44692, .2014, .08191, .02917
                        },
                        within(2e-4));
    }

    @ParameterizedTest
    @EnumSource
    void predictions_are_converted_without_loss(PredictionType prediction) {
        Tensor x = new Seed(1).generator().normal(1, 50);
        Tensor output = new Seed(2).generator().normal(1, 50);
        double alpha = 0.8;
        double sigma = 0.6;

        Tensor denoised = prediction.denoised(x, output, alpha, sigma);
        Tensor epsilon = prediction.epsilon(x, output, alpha, sigma);

        assertThat(TensorMath.distance(TensorMath.linear(alpha, denoised, sigma, epsilon), x)).isLessThan(1e-6);
        assertThat(TensorMath.distance(prediction.ofEpsilon(x, epsilon, alpha, sigma), output)).isLessThan(1e-6);
    }

    @Test
    void a_velocity_is_what_a_network_of_that_type_should_answer() {
        NoiseSchedule schedule = NoiseSchedule.ofBetas(Betas.cosine(1000));
        Tensor clean = new Seed(1).generator().normal(1, 50);
        Tensor noise = new Seed(2).generator().normal(1, 50);
        double alpha = Math.sqrt(schedule.alphaCumulative(400));
        double sigma = Math.sqrt(1 - schedule.alphaCumulative(400));
        Tensor x = schedule.noised(clean, noise, 400);
        Tensor velocity = schedule.velocity(clean, noise, 400);

        assertThat(TensorMath.distance(PredictionType.VELOCITY.denoised(x, velocity, alpha, sigma), clean))
                .isLessThan(1e-6);
        assertThat(TensorMath.distance(PredictionType.VELOCITY.epsilon(x, velocity, alpha, sigma), noise))
                .isLessThan(1e-6);
    }

    @Test
    void betas_outside_their_range_are_refused() {
        assertThatThrownBy(() -> NoiseSchedule.ofBetas()).hasMessageContaining("at least one");
        assertThatThrownBy(() -> NoiseSchedule.ofBetas(0.1, Double.NaN)).hasMessageContaining("timestep 1");
        assertThatThrownBy(() -> NoiseSchedule.single(0.1, 1.5)).hasMessageContaining("outside 0 … 1");
    }
}
