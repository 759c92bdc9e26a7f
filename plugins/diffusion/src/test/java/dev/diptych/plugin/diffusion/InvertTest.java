// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.value.Image;
import dev.diptych.api.value.Latent;
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

class InvertTest {
    @TempDir private static Path folder;
    private static TinyModels models;

    private final Image picture =
            Image.generated(8, 8, 3, (x, y) -> new Pixel(0.2 + x / 14.0, 0.7 - y / 14.0, 0.4 + x * y / 140.0, 1));

    @BeforeAll
    static void write() throws IOException {
        models = new TinyModels(folder);
    }

    @AfterAll
    static void close() {
        models.close();
    }

    private NodeRunner invert(ModelReference model) {
        return NodeRunner.of(Invert.class).withModels(models.provider()).with("model", model).with("image", picture);
    }

    private static NodeRunner sample(ModelReference model) {
        return NodeRunner.of(Sample.class).withModels(models.provider()).with("model", model);
    }

    private static Latent noise(NodeResult found) {
        return found.output("latent", Latent.class);
    }

    @ParameterizedTest
    @EnumSource
    void finds_the_noise_that_gives_the_picture_back(InversionMethod method) {
        assertThatThePictureComesBack(TinyModels.DDPM, method);
    }

    @Test
    void leaves_aside_what_a_network_says_of_its_variance() {
        NodeResult found = invert(TinyModels.GUIDED).with("steps", 4).run();

        assertThat(noise(found).tensor().shape()).containsExactly(1, 3, 8, 8);
        assertThat(found.number("evaluations")).isEqualTo(4);
        assertThat(found.number("deviation")).isPositive();
    }

    private void assertThatThePictureComesBack(ModelReference model, InversionMethod method) {
        NodeResult found = invert(model).with("method", method).with("steps", 20).run();

        Image again = sample(model).with("noise", noise(found)).run().image("image");
        Image other = sample(model).with("clip", false).with("steps", 4).run().image("image");

        assertThat(found.image("original")).isEqualTo(picture);
        assertThat(SampleTest.difference(picture, again)).isLessThan(SampleTest.difference(picture, other) / 3);
    }

    @Test
    void errs_less_with_more_steps() {
        double few = error(invert(TinyModels.DDPM).with("steps", 8).run());
        double many = error(invert(TinyModels.DDPM).with("steps", 40).run());

        assertThat(many).isLessThan(few / 2);
    }

    private double error(NodeResult found) {
        return SampleTest.difference(picture, sample(TinyModels.DDPM).with("noise", noise(found)).run().image("image"));
    }

    @Test
    void the_implicit_method_says_how_far_it_is_from_solved() {
        NodeResult exact = invert(TinyModels.DDPM).with("method", "implicit").with("steps", 12).run();
        NodeResult explicit = invert(TinyModels.DDPM).with("steps", 12).run();

        assertThat(exact.number("residual")).isBetween(0.0, 1e-5);
        assertThat(exact.number("evaluations")).isGreaterThan(12);
        assertThat(exact.list("notices", String.class)).isEmpty();
        assertThat(error(exact)).isLessThan(error(explicit));
        assertThat(explicit.number("evaluations")).isEqualTo(12);
        assertThat(explicit.number("residual")).isZero();
    }

    @Test
    void what_is_sampled_otherwise_than_the_noise_was_found_is_said() {
        Latent found = noise(invert(TinyModels.DDPM).with("steps", 8).run());

        NodeResult other =
                sample(TinyModels.DDPM).with("noise", found).with("steps", 4).with("eta", 0.5).with("clip", true).run();
        NodeResult fewer = sample(TinyModels.DDPM).with("noise", found).with("steps", 4).run();

        assertThat(other.list("notices", String.class))
                .hasSize(3)
                .anyMatch(notice -> notice.contains("steps 8; it is sampled with 4"))
                .anyMatch(notice -> notice.contains("eta"))
                .anyMatch(notice -> notice.contains("clipping"));
        assertThat(fewer.list("notices", String.class)).hasSize(1);
        assertThat(sample(TinyModels.DDPM).with("noise", found).run().list("notices", String.class)).isEmpty();
    }

    @Test
    void the_class_is_remembered() {
        Latent found = noise(invert(TinyModels.CLASSES).with("label", 3).with("steps", 4).run());

        Image again = sample(TinyModels.CLASSES).with("noise", found).run().image("image");
        NodeResult other = sample(TinyModels.CLASSES).with("noise", found).with("label", 1).run();

        assertThat(other.image("image")).isNotEqualTo(again);
        assertThat(other.list("notices", String.class))
                .containsExactly("The noise was found with label 3; it is sampled with 1.");
    }

    @Test
    void a_network_of_grey_pictures_that_predicts_v_is_inverted() {
        Image grey = picture.mapPixels((pixel, _, _) -> new Pixel(pixel.red(), pixel.red(), pixel.red(), 1));
        NodeResult found = invert(TinyModels.GREY).with("image", grey).with("steps", 20).run();

        Image again = sample(TinyModels.GREY).with("noise", noise(found)).run().image("image");
        Image other = sample(TinyModels.GREY).with("clip", false).with("steps", 4).run().image("image");

        assertThat(SampleTest.difference(grey, again)).isLessThan(SampleTest.difference(grey, other) / 3);
    }

    @Test
    void refuses_noise_of_another_model() {
        Latent found = noise(invert(TinyModels.DDPM).with("steps", 4).run());

        assertThatThrownBy(() -> sample(TinyModels.GUIDED).with("noise", found).run())
                .isInstanceOf(NodeException.class)
                .hasMessageContaining("found with ddpm")
                .hasMessageContaining("given to guided");
    }
}
