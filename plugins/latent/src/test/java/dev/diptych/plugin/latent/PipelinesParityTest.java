// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.latent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.value.Image;
import dev.diptych.api.value.Mask;
import dev.diptych.api.value.Tensor;
import dev.diptych.testkit.NetworkParity;
import dev.diptych.testkit.NodeResult;
import dev.diptych.testkit.NodeRunner;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CancellationException;

/// The nodes on a small model, held against diffusers' pipelines, see `make.py` beside the model.
class PipelinesParityTest {
    /* Half a level of rounding, and what the conformance cases tolerate. */
    private static final double TOLERANCE = 0.5 / 255 + 0.002;

    private static TinyModel model;
    private static Map<String, Tensor> references;

    @BeforeAll
    static void load() throws IOException {
        model = new TinyModel();
        references = NetworkParity.tensors(TinyModel.FOLDER.resolve("references.safetensors"));
    }

    @AfterAll
    static void close() {
        model.close();
    }

    private static Image picture() {
        byte[] bytes = new byte[34 * 45 * 3];
        for (int y = 0; y < 34; y++) {
            for (int x = 0; x < 45; x++) {
                int at = 3 * (y * 45 + x);
                bytes[at] = (byte) (x * 7);
                bytes[at + 1] = (byte) (y * 5);
                bytes[at + 2] = (byte) ((x + y) * 3);
            }
        }
        return Image.ofBytes(45, 34, 3, bytes);
    }

    private static Mask mask() {
        return Mask.generated(45, 34, (x, y) -> x > 12 && x < 31 && y > 9 ? 1 : 0);
    }

    private static NodeRunner asked(NodeRunner node, int steps) {
        return node.withModels(model)
                .with("model", TinyModel.REFERENCE)
                .with("prompt", "a red lion with the hat")
                .with("negativePrompt", "blurry cat")
                .with("guidanceScale", 4)
                .with("eta", 0.5)
                .with("seed", 77)
                .with("steps", steps);
    }

    private static NodeRunner textToImage() {
        return asked(NodeRunner.of(TextToImage.class), 4).with("width", 40).with("height", 32);
    }

    private static NodeRunner imageToImage() {
        return asked(NodeRunner.of(ImageToImage.class), 6).with("image", picture()).with("strength", 0.7);
    }

    private static NodeRunner inpaint() {
        return asked(NodeRunner.of(Inpaint.class), 4)
                .with("image", picture())
                .with("mask", mask())
                .with("strength", 0.9);
    }

    private static void assertSame(NodeResult result, String reference) {
        Image image = result.image("image");
        Tensor expected = Objects.requireNonNull(references.get(reference));
        assertThat(new int[] {1, image.height(), image.width(), 3}).isEqualTo(expected.shape());
        double largest = 0;
        for (int i = 0; i < expected.length(); i++) {
            largest = Math.max(largest, Math.abs((image.bytes()[i] & 255) / 255.0 - expected.floats()[i]));
        }
        assertThat(largest).isLessThan(TOLERANCE);
    }

    @Test
    void makes_the_picture_of_a_caption_that_the_reference_makes() {
        assertSame(textToImage().run(), "text");
    }

    @Test
    void changes_a_picture_as_the_reference_does_also_one_whose_sides_do_not_divide() {
        assertSame(imageToImage().run(), "picture");
    }

    @Test
    void paints_a_part_anew_as_the_reference_does() {
        assertSame(inpaint().run(), "inpaint");
    }

    @Test
    void at_a_guidance_scale_of_0_the_prompt_says_nothing_and_at_1_the_negative_one() {
        NodeRunner unguided = textToImage().with("guidanceScale", 0);
        Image without = unguided.run().image("image");
        NodeRunner conditional = textToImage().with("guidanceScale", 1);
        Image with = conditional.run().image("image");

        assertThat(unguided.with("prompt", "a blue house").run().image("image")).isEqualTo(without);
        assertThat(conditional.with("negativePrompt", "a blue house").run().image("image")).isEqualTo(with);
        assertThat(with).isNotEqualTo(without);
    }

    @Test
    void a_strength_of_0_only_passes_through_the_autoencoder() {
        NodeResult result = imageToImage().with("strength", 0).run();

        assertThat(imageToImage().with("strength", 0).with("prompt", "else").run().image("image"))
                .isEqualTo(result.image("image"));
        assertThat(result.previews()).isEmpty();
    }

    @Test
    void a_size_that_is_left_open_is_the_one_the_model_was_trained_for() {
        NodeResult result = asked(NodeRunner.of(TextToImage.class), 1).run();

        assertThat(result.image("image").width()).isEqualTo(32);
        assertThat(result.image("image").height()).isEqualTo(32);
    }

    @Test
    void shows_progress_and_previews() {
        NodeResult result = textToImage().run();

        assertThat(result.progress()).contains(0.25, 0.5, 0.75, 1.0);
        assertThat(result.previews()).isNotEmpty();
        assertThat(result.previews().getFirst().width()).isEqualTo(40);
    }

    @Test
    void stops_between_two_steps() {
        assertThatThrownBy(() -> textToImage().cancelledAfter(2).run()).isInstanceOf(CancellationException.class);
    }

    @Test
    void refuses_sizes_that_do_not_divide_and_names_the_nearest() {
        assertThatThrownBy(() -> textToImage().with("width", 44).run())
                .isInstanceOfSatisfying(
                        NodeException.class,
                        e -> {
                            assertThat(e.code()).isEqualTo("latent/size");
                            assertThat(e).hasMessageContaining("44 x 32").hasMessageContaining("multiples of 8");
                            assertThat(e.next()).contains("The nearest is 48 x 32.");
                        });
    }

    @Test
    void refuses_a_strength_that_leaves_no_step() {
        assertThatThrownBy(() -> imageToImage().with("strength", 0.1).run())
                .isInstanceOfSatisfying(
                        NodeException.class,
                        e -> {
                            assertThat(e.code()).isEqualTo("latent/no-step");
                            assertThat(e.next().orElseThrow()).contains("10 or more");
                        });
    }

    @Test
    void refuses_a_mask_of_another_size() {
        assertThatThrownBy(() -> inpaint().with("mask", Mask.generated(8, 9, (x, y) -> 1)).run())
                .hasMessageContaining("The mask has 8 x 9 pixels, the picture 45 x 34.");
    }

    @Test
    void refuses_a_folder_without_an_autoencoder() {
        try (TinyModel lacking = new TinyModel(List.of("vae"), Map.of())) {
            assertThatThrownBy(() -> textToImage().withModels(lacking).run())
                    .isInstanceOfSatisfying(
                            NodeException.class, e -> assertThat(e.code()).isEqualTo("latent/missing-component"))
                    .hasMessageContaining("no vae")
                    .hasMessageContaining("unet");
        }
    }

    @Test
    void refuses_eta_where_the_scheduler_has_none() {
        try (TinyModel euler = new TinyModel(List.of(), Map.of("_class_name", "EulerDiscreteScheduler"))) {
            assertThatThrownBy(() -> textToImage().withModels(euler).run())
                    .hasMessageContaining("eta is 0.5")
                    .hasMessageContaining("EulerDiscreteScheduler");
            assertThat(textToImage().withModels(euler).with("eta", 0).run().image("image").width()).isEqualTo(40);
        }
    }
}
