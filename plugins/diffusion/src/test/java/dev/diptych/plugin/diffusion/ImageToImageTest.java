// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.value.Image;
import dev.diptych.api.value.ModelReference;
import dev.diptych.api.value.Pixel;
import dev.diptych.testkit.NodeResult;
import dev.diptych.testkit.NodeRunner;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.nio.file.Path;

class ImageToImageTest {
    @TempDir private static Path folder;
    private static TinyModels models;

    private final Image picture = Image.generated(8, 8, 3, (x, y) -> new Pixel(x / 7.0, y / 7.0, x == y ? 1 : 0, 1));

    @BeforeAll
    static void write() throws IOException {
        models = new TinyModels(folder);
    }

    @AfterAll
    static void close() {
        models.close();
    }

    private NodeRunner change(double strength) {
        return NodeRunner.of(ImageToImage.class)
                .withModels(models.provider())
                .with("model", TinyModels.DDPM)
                .with("image", picture)
                .with("steps", 10)
                .with("strength", strength);
    }

    @Test
    void changes_more_with_more_strength_and_nothing_with_none() {
        double none = SampleTest.difference(picture, change(0).run().image("image"));
        double little = SampleTest.difference(picture, change(0.1).run().image("image"));
        double much = SampleTest.difference(picture, change(0.8).run().image("image"));

        assertThat(none).isZero();
        assertThat(little).isPositive().isLessThan(much);
    }

    @Test
    void makes_the_share_of_the_steps() {
        NodeResult half = change(0.5).run();

        assertThat(half.previews()).hasSize(5);
        assertThat(half.image("noisy")).isNotEqualTo(picture).isNotEqualTo(half.image("image"));
    }

    @ParameterizedTest
    @EnumSource
    void works_with_every_method(SamplingMethod method) {
        for (ModelReference model : new ModelReference[] {TinyModels.DDPM, TinyModels.GUIDED}) {
            assertThat(change(0.3).with("model", model).with("method", method).run().image("image"))
                    .isNotEqualTo(picture);
        }
    }

    @Test
    void takes_the_middle_square_of_any_picture() {
        Image wide = Image.generated(40, 20, 3, (x, _) -> new Pixel(x < 10 || x >= 30 ? 1 : 0, 0, 0, 1));

        assertThat(change(0).with("image", wide).run().image("image"))
                .isEqualTo(Image.filled(8, 8, new Pixel(0, 0, 0, 1)));
    }

    @Test
    void refuses_a_strength_that_leaves_no_step() {
        assertThatThrownBy(() -> change(0.01).run())
                .isInstanceOf(NodeException.class)
                .hasMessageContaining("Of 10 steps, a strength of 0.01");
    }
}
