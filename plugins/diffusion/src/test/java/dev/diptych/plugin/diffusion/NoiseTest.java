// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.value.Latent;
import dev.diptych.api.value.Seed;
import dev.diptych.api.value.Tensor;
import dev.diptych.testkit.NodeResult;
import dev.diptych.testkit.NodeRunner;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;

class NoiseTest {
    private static NodeRunner noise() {
        return NodeRunner.of(Noise.class).with("seed", 5);
    }

    private static Tensor latent(NodeResult result) {
        return result.output("latent", Latent.class).tensor();
    }

    @Test
    void is_what_the_generator_draws() {
        NodeResult drawn = noise().with("width", 20).with("height", 10).run();

        assertThat(latent(drawn)).isEqualTo(new Seed(5).generator().normal(1, 3, 10, 20));
        assertThat(drawn.number("deviation")).isBetween(0.9, 1.1);
        assertThat(drawn.image("image").width()).isEqualTo(20);
    }

    @Test
    void gets_the_shape_that_a_model_wants(@TempDir Path folder) throws IOException {
        try (TinyModels models = new TinyModels(folder)) {
            NodeRunner of = noise().withModels(models.provider());

            assertThat(latent(of.with("model", TinyModels.DDPM).run()).shape()).containsExactly(1, 3, 8, 8);
            assertThat(latent(of.with("model", TinyModels.GREY).run()).shape()).containsExactly(1, 1, 8, 8);
            assertThat(latent(of.with("model", TinyModels.GUIDED).with("width", 12).run()).shape())
                    .containsExactly(1, 3, 8, 12);
            assertThatThrownBy(() -> of.with("width", 11).run())
                    .isInstanceOf(NodeException.class)
                    .hasMessageContaining("11 x 8")
                    .hasMessageContaining("multiples of 2");
        }
    }
}
