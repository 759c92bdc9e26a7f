// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.value.Image;
import dev.diptych.api.value.Latent;
import dev.diptych.api.value.Pixel;
import dev.diptych.api.value.Seed;
import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.diffusion.arithmetic.TensorMath;
import dev.diptych.plugin.diffusion.picture.Pictures;
import dev.diptych.testkit.NodeResult;
import dev.diptych.testkit.NodeRunner;

import org.junit.jupiter.api.Test;

class ForwardTest {
    private final Image picture = Image.generated(16, 12, 3, (x, y) -> new Pixel(x / 15.0, y / 11.0, 0.5, 1));

    private static Tensor latent(NodeResult result) {
        return result.output("latent", Latent.class).tensor();
    }

    private NodeRunner forward() {
        return NodeRunner.of(Forward.class).with("image", picture).with("seed", 3);
    }

    @Test
    void is_picture_and_noise_in_the_shares_of_the_schedule() {
        NodeResult noisy = forward().with("timestep", 400).run();

        double alpha = noisy.number("alphaBar");
        Tensor expected =
                TensorMath.linear(
                        Math.sqrt(alpha),
                        Pictures.tensor(picture),
                        Math.sqrt(1 - alpha),
                        new Seed(3).generator().normal(1, 3, 12, 16));
        assertThat(TensorMath.distance(latent(noisy), expected)).isLessThan(1e-5);
        assertThat(noisy.image("image")).isEqualTo(Pictures.image(expected, 0));
    }

    @Test
    void goes_from_the_picture_to_noise() {
        Tensor clean = Pictures.tensor(picture);
        Tensor noise = new Seed(3).generator().normal(1, 3, 12, 16);

        Tensor first = latent(forward().with("timestep", 0).run());
        Tensor last = latent(forward().with("timestep", 999).run());

        assertThat(TensorMath.distance(first, clean)).isLessThan(0.05);
        assertThat(TensorMath.distance(last, noise)).isLessThan(0.02);
    }

    @Test
    void takes_noise_that_was_drawn_before() {
        NodeResult noise = NodeRunner.of(Noise.class).with("seed", 3).with("width", 16).with("height", 12).run();

        NodeResult given = forward().with("seed", 99).with("noise", noise.output("latent", Latent.class)).run();

        assertThat(latent(given)).isEqualTo(latent(forward().run()));
    }

    @Test
    void follows_another_schedule() {
        NodeResult schedule = NodeRunner.of(Schedule.class).with("family", "cosine").with("timesteps", 50).run();

        NodeRunner on = forward().with("schedule", schedule.record("schedule", BetaSchedule.class));

        assertThat(on.with("timestep", 25).run().number("alphaBar")).isBetween(0.4, 0.5);
        assertThatThrownBy(() -> on.with("timestep", 50).run())
                .isInstanceOf(NodeException.class)
                .hasMessageContaining("0 … 49");
    }

    @Test
    void cuts_the_middle_square() {
        assertThat(latent(forward().with("side", 8).run()).shape()).containsExactly(1, 3, 8, 8);
    }

    @Test
    void refuses_noise_of_another_size() {
        NodeResult noise = NodeRunner.of(Noise.class).with("width", 8).run();

        assertThatThrownBy(() -> forward().with("noise", noise.output("latent", Latent.class)).run())
                .isInstanceOf(NodeException.class)
                .hasMessageContaining("[1, 3, 64, 8]")
                .hasMessageContaining("[1, 3, 12, 16]");
    }
}
