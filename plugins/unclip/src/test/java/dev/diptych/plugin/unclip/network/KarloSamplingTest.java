// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.unclip.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.model.Config;
import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.diffusion.gaussian.GaussianDiffusion;
import dev.diptych.plugin.diffusion.guidance.Denoiser;

import org.junit.jupiter.api.Test;

import java.util.Map;

class KarloSamplingTest {
    @Test
    void keeps_the_timesteps_of_the_published_upsampler() {
        GaussianDiffusion process = KarloSampling.process(config(Map.of("sigma_small", true)), "7");

        assertThat(process.timesteps()).containsExactly(0, 166, 333, 500, 666, 832, 999);
        assertThat(process.schedule().alphasCumulative()[3]).isBetween(0.4922, 0.4923);
    }

    @Test
    void guides_each_row_by_its_own_scale_and_keeps_the_conditional_variance() {
        Denoiser conditional = (_, _) -> Tensor.ofFloats(new float[] {3, 7, 3, 8}, 2, 2, 1, 1);
        Denoiser unconditional = (_, _) -> Tensor.ofFloats(new float[] {1, 5, 1, 6}, 2, 2, 1, 1);

        Tensor guided =
                KarloSampling.guided(conditional, unconditional, new double[] {1, 4})
                        .predict(Tensor.ofFloats(new float[2], 2, 1, 1, 1), 10);

        assertThat(guided).isEqualTo(Tensor.ofFloats(new float[] {3, 7, 9, 8}, 2, 2, 1, 1));
    }

    @Test
    void refuses_a_schedule_that_it_does_not_know_by_name() {
        assertThatThrownBy(() -> KarloSampling.process(config(Map.of("noise_schedule", "sigmoid")), "7"))
                .isInstanceOf(NodeException.class)
                .hasMessageContaining("\"noise_schedule\"");
    }

    private static Config config(Map<String, ?> diffusion) {
        return new Config("config.json", Map.of("diffusion", diffusion));
    }
}
