// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.augmentation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.value.Seed;
import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.diffusion.arithmetic.TensorMath;
import dev.diptych.plugin.diffusion.schedule.Betas;
import dev.diptych.plugin.diffusion.schedule.NoiseSchedule;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class AugmentationTest {
    private static final NoiseSchedule COSINE = NoiseSchedule.ofBetas(Betas.cosine(1000));

    @Test
    void noise_of_a_level_has_the_schedules_share() {
        Tensor clean = TensorMath.filled(0.5, 1, 3, 64, 64);

        Tensor noisy = NoiseAugmentation.of(COSINE).at(clean, 500, new Seed(1).generator()::normal);

        double mean = TensorMath.dot(noisy, TensorMath.filled(1, 1, 3, 64, 64)) / noisy.length();
        assertThat(mean).isCloseTo(0.5 * Math.sqrt(COSINE.alphaCumulative(500)), within(0.03));
        assertThat(TensorMath.standardDeviations(noisy)[0])
                .isCloseTo(Math.sqrt(1 - COSINE.alphaCumulative(500)), within(0.02));
    }

    @Test
    void embeddings_are_noised_in_normalised_space() {
        Tensor mean = Tensor.ofFloats(new float[] {1, -2}, 2);
        Tensor deviation = Tensor.ofFloats(new float[] {0.5f, 4}, 2);
        Tensor embeddings = Tensor.ofFloats(new float[] {1, 2, 3, 4}, 2, 2);
        Tensor draw = Tensor.ofFloats(new float[] {1, -1, 0.5f, 2}, 2, 2);
        double signal = Math.sqrt(COSINE.alphaCumulative(300));
        double noise = Math.sqrt(1 - COSINE.alphaCumulative(300));

        Tensor noisy = NoiseAugmentation.of(COSINE, mean, deviation).at(embeddings, 300, _ -> draw);

        assertThat((double) noisy.floats()[0]).isCloseTo(1 + 0.5 * noise, within(1e-5));
        assertThat((double) noisy.floats()[1]).isCloseTo(-2 + 4 * (signal * 1 - noise), within(1e-5));
        assertThat((double) noisy.floats()[3]).isCloseTo(-2 + 4 * (signal * 1.5 + 2 * noise), within(1e-5));
    }

    @Test
    void refuses_a_level_the_schedule_does_not_have() {
        assertThatThrownBy(() ->
                        NoiseAugmentation.of(COSINE)
                                .at(TensorMath.filled(0, 1, 1), 1000, new Seed(1).generator()::normal))
                .isInstanceOf(NodeException.class)
                .hasMessage("The noise level 1000 is outside 0 … 999.");
    }

    @Test
    void a_blur_keeps_what_is_even_and_spreads_a_point() {
        Blur blur = Blur.gaussian(0.6, 3);
        float[] point = new float[25];
        point[12] = 1;

        float[] spread = blur.of(Tensor.ofFloats(point, 1, 1, 5, 5)).floats();

        assertThat(TensorMath.distance(blur.of(TensorMath.filled(0.3, 1, 3, 4, 4)), TensorMath.filled(0.3, 1, 3, 4, 4)))
                .isLessThan(1e-6);
        assertThat((double) spread[11] / spread[12]).isCloseTo(Math.exp(-0.5 / 0.36), within(1e-6));
        assertThat(spread[10]).isZero();
        assertThatThrownBy(() -> Blur.gaussian(1, 4)).hasMessageContaining("odd");
    }

    @ParameterizedTest
    @EnumSource
    void resizing_keeps_what_is_even_and_means_what_is_straight(Interpolation interpolation) {
        float[] ramp = new float[64];
        for (int i = 0; i < 64; i++) {
            ramp[i] = i % 8;
        }
        Tensor picture = Tensor.ofFloats(ramp, 1, 1, 8, 8);

        float[] half = interpolation.resize(picture, 4, 4).floats();

        assertThat(half[1]).isCloseTo(2.5f, within(1e-5f));
        assertThat(half[13]).isCloseTo(2.5f, within(1e-5f));
        assertThat(interpolation.resize(TensorMath.filled(0.5, 1, 2, 5, 7), 3, 11))
                .satisfies(
                        x -> assertThat(TensorMath.distance(x, TensorMath.filled(0.5, 1, 2, 3, 11))).isLessThan(1e-6));
    }

    @Test
    void a_degraded_picture_is_small_and_bad_but_the_same_picture() {
        float[] values = new float[3 * 64 * 64];
        for (int i = 0; i < values.length; i++) {
            values[i] = i / 64 % 64 < 32 ? -0.8f : 0.8f;
        }
        Tensor picture = Tensor.ofFloats(values, 1, 3, 64, 64);
        for (int seed = 0; seed < 20; seed++) {
            Tensor bad = BsrganDegradation.of(picture, 4, new Seed(seed));

            assertThat(bad.shape()).containsExactly(1, 3, 16, 16);
            assertThat(TensorMath.largest(bad)).isLessThanOrEqualTo(1);
            assertThat(bad.floats()[16 * 3 + 8]).isLessThan(0);
            assertThat(bad.floats()[16 * 12 + 8]).isGreaterThan(0);
        }
    }

    @Test
    void a_seed_decides_the_degradation() {
        Tensor picture = TensorMath.clamp(new Seed(1).generator().normal(2, 3, 32, 32), -1, 1);

        Tensor first = BsrganDegradation.of(picture, 2, new Seed(5));

        assertThat(BsrganDegradation.of(picture, 2, new Seed(5))).isEqualTo(first);
        assertThat(BsrganDegradation.of(picture, 2, new Seed(6))).isNotEqualTo(first);
    }

    @Test
    void refuses_what_it_cannot_shrink() {
        assertThatThrownBy(() -> BsrganDegradation.of(TensorMath.filled(0, 1, 3, 30, 32), 4, new Seed(1)))
                .hasMessageContaining("divisible by 4");
        assertThatThrownBy(() -> BsrganDegradation.of(TensorMath.filled(0, 1, 3, 32, 32), 3, new Seed(1)))
                .hasMessageContaining("3 is not among 2, 4");
    }
}
