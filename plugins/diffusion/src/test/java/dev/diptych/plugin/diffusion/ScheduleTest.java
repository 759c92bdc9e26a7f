// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.value.Image;
import dev.diptych.testkit.NodeResult;
import dev.diptych.testkit.NodeRunner;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.nio.file.Path;

class ScheduleTest {
    private static NodeRunner schedule() {
        return NodeRunner.of(Schedule.class);
    }

    @Test
    void reads_the_figures_of_a_timestep() {
        NodeResult linear = schedule().with("timestep", 500).run();
        NodeResult cosine = schedule().with("family", BetaFamily.COSINE).with("timestep", 500).run();

        assertThat(linear.number("alphaBar")).isCloseTo(0.07779665837, within(1e-6));
        assertThat(linear.number("signalToNoise")).isCloseTo(0.07779665837 / (1 - 0.07779665837), within(1e-5));
        assertThat(cosine.number("alphaBar")).isCloseTo(0.4922851724, within(1e-6));
    }

    @Test
    void finds_where_noise_begins_to_outweigh_the_picture() {
        NodeResult linear = schedule().run();
        NodeResult cosine = schedule().with("family", "cosine").run();

        assertThat(linear.number("halfway")).isBetween(250.0, 270.0);
        assertThat(cosine.number("halfway")).isBetween(490.0, 500.0);
        assertThat(linear.number("timestep")).isEqualTo(linear.number("halfway"));
    }

    @ParameterizedTest
    @EnumSource
    void draws_every_family(BetaFamily family) {
        NodeResult drawn = schedule().with("family", family).with("timesteps", 200).run();
        Image plot = drawn.image("plot");

        assertThat(isSomewhere(plot, CurvePlot.BLUE)).isTrue();
        assertThat(isSomewhere(plot, CurvePlot.ORANGE)).isTrue();
        assertThat(isSomewhere(plot, CurvePlot.GREEN)).isTrue();
        assertThat(drawn.number("lastAlphaBar")).isBetween(0.0, 0.5);
    }

    private static boolean isSomewhere(Image plot, int color) {
        byte[] bytes = plot.bytes();
        for (int i = 0; i < bytes.length; i += 3) {
            if (bytes[i] == (byte) (color >> 16)
                    && bytes[i + 1] == (byte) (color >> 8)
                    && bytes[i + 2] == (byte) color) {
                return true;
            }
        }
        return false;
    }

    @Test
    void leaves_nothing_of_the_picture_at_the_end_when_asked() {
        assertThat(schedule().run().number("lastAlphaBar")).isPositive();
        assertThat(schedule().with("zeroTerminalSnr", true).run().number("lastAlphaBar")).isZero();
    }

    @Test
    void takes_the_schedule_of_a_model(@TempDir Path folder) throws IOException {
        try (TinyModels models = new TinyModels(folder)) {
            NodeRunner of = schedule().withModels(models.provider()).with("timestep", 500);

            assertThat(of.with("model", TinyModels.DDPM).run().number("alphaBar"))
                    .isCloseTo(0.07779665837, within(1e-6));
            assertThat(of.with("model", TinyModels.GUIDED).run().number("alphaBar"))
                    .isCloseTo(0.4922851724, within(1e-6));
            assertThatThrownBy(() -> of.with("model", TinyModels.DDPM).with("betaEnd", 0.05).run())
                    .isInstanceOf(NodeException.class)
                    .hasMessageContaining("the model's");
            assertThatThrownBy(
                            () -> schedule().withModels(models.provider()).with("model", TinyModels.CLASSIFIER).run())
                    .isInstanceOf(NodeException.class)
                    .hasMessageContaining("classifier has no scheduler");
        }
    }

    @Test
    void refuses_timesteps_and_betas_that_cannot_be() {
        assertThatThrownBy(() -> schedule().with("timesteps", 100).with("timestep", 100).run())
                .isInstanceOf(NodeException.class)
                .hasMessageContaining("Timestep 100")
                .hasMessageContaining("0 … 99");
        assertThatThrownBy(() -> schedule().with("betaStart", 0).run())
                .isInstanceOf(NodeException.class)
                .hasMessageContaining("beta 0.0 at timestep 0");
        assertThatThrownBy(() -> schedule().with("family", "cosine").with("betaEnd", 0.5).run())
                .isInstanceOf(NodeException.class)
                .hasMessageContaining("\"betaEnd\" is 0.5")
                .hasMessageContaining("cosine");
    }
}
