// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.value.Image;
import dev.diptych.api.value.Seed;
import dev.diptych.plugin.diffusion.picture.Pictures;
import dev.diptych.testkit.NodeResult;
import dev.diptych.testkit.NodeRunner;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

class FilmStripTest {
    @TempDir private static Path folder;
    private static TinyModels models;

    @BeforeAll
    static void write() throws IOException {
        models = new TinyModels(folder);
    }

    @AfterAll
    static void close() {
        models.close();
    }

    private static NodeRunner strip() {
        return NodeRunner.of(FilmStrip.class)
                .withModels(models.provider())
                .with("model", TinyModels.DDPM)
                .with("steps", 4)
                .with("seed", 2);
    }

    @Test
    void goes_from_noise_to_the_picture_that_sampling_makes() {
        NodeResult strip = strip().with("frames", 4).run();
        Image sampled =
                NodeRunner.of(Sample.class)
                        .withModels(models.provider())
                        .with("model", TinyModels.DDPM)
                        .with("steps", 4)
                        .with("seed", 2)
                        .run()
                        .image("image");

        assertThat(strip.images("noisy").getFirst())
                .isEqualTo(Pictures.image(new Seed(2).generator().normal(1, 3, 8, 8), 0));
        assertThat(strip.image("image")).isEqualTo(sampled);
        assertThat(strip.images("denoised").getLast()).isEqualTo(sampled);
        assertThat(strip.list("captions", String.class)).containsExactly("t = 750", "t = 500", "t = 250", "t = 0");
    }

    @Test
    void puts_both_rows_on_one_sheet() {
        NodeResult strip = strip().with("frames", 3).with("cell", 16).run();
        Image sheet = strip.image("sheet");

        assertThat(sheet.width()).isEqualTo(3 * 20 + 4);
        assertThat(sheet.height()).isEqualTo(2 * 20 + 4);
        for (int frame = 0; frame < 3; frame++) {
            assertThat(sheet.pixel(4 + 20 * frame + 15, 4)).isEqualTo(strip.images("noisy").get(frame).pixel(7, 0));
            assertThat(sheet.pixel(4 + 20 * frame, 24 + 15)).isEqualTo(strip.images("denoised").get(frame).pixel(0, 7));
        }
    }

    @Test
    void shows_the_steps_that_are_chosen() {
        assertThat(strip().with("shown", List.of(1, 3)).run().list("captions", String.class))
                .containsExactly("t = 750", "t = 250");
        assertThatThrownBy(() -> strip().with("shown", List.of(5)).run())
                .isInstanceOf(NodeException.class)
                .hasMessageContaining("None of the steps");
    }

    @Test
    void shows_what_the_network_sees_of_a_solver_that_scales_its_noise() {
        Image first = strip().with("method", "euler").run().images("noisy").getFirst();
        Image noise = strip().run().images("noisy").getFirst();

        assertThat(SampleTest.difference(first, noise)).isLessThan(0.5);
    }
}
