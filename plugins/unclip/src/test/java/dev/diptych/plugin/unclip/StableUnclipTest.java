// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.unclip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.model.Config;
import dev.diptych.api.model.Model;
import dev.diptych.api.model.Tokenizer;
import dev.diptych.api.value.Embedding;
import dev.diptych.api.value.Image;
import dev.diptych.api.value.ModelReference;
import dev.diptych.api.value.Tensor;
import dev.diptych.engine.device.DeviceModels;
import dev.diptych.engine.device.DeviceSettings;
import dev.diptych.engine.device.Devices;
import dev.diptych.engine.model.Architectures;
import dev.diptych.engine.model.CallScope;
import dev.diptych.engine.model.InstalledModels;
import dev.diptych.engine.model.ModelProvider;
import dev.diptych.engine.model.hub.FileDigests;
import dev.diptych.engine.model.hub.ModelHub;
import dev.diptych.engine.model.hub.ModelRoot;
import dev.diptych.engine.model.tokenizer.TokenizerFiles;
import dev.diptych.plugin.clip.EncodeImage;
import dev.diptych.plugin.clip.network.ClipProjectedTextArchitecture;
import dev.diptych.plugin.clip.network.ClipProjectedVisionArchitecture;
import dev.diptych.plugin.clip.network.ClipTextArchitecture;
import dev.diptych.plugin.diffusion.network.AutoencoderKl;
import dev.diptych.plugin.diffusion.network.UNet2DConditionModel;
import dev.diptych.plugin.latent.TextToImage;
import dev.diptych.plugin.unclip.network.ImageNormalizer;
import dev.diptych.plugin.unclip.network.PriorArchitecture;
import dev.diptych.testkit.NetworkParity;
import dev.diptych.testkit.NodeResult;
import dev.diptych.testkit.NodeRunner;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/// The nodes on a small model, held against diffusers' pipelines, see `make.py` beside the model.
class StableUnclipTest {
    private static final Path FOLDER = Path.of("src/test/resources/stable-unclip");
    private static final ModelReference MODEL = new ModelReference("model");

    /* Half a level of rounding, and what the conformance cases tolerate. */
    private static final double TOLERANCE = 0.5 / 255 + 0.002;

    private static Devices devices;
    private static ModelProvider models;

    @BeforeAll
    static void load() {
        devices =
                new Devices(
                        new Architectures(
                                List.of(
                                        new ClipTextArchitecture(),
                                        new ClipProjectedTextArchitecture(),
                                        new ClipProjectedVisionArchitecture(),
                                        new AutoencoderKl(),
                                        new UNet2DConditionModel(),
                                        new PriorArchitecture(),
                                        new ImageNormalizer())),
                        new DeviceSettings(1, 1, DeviceSettings.Precision.FLOAT32, DeviceSettings.usual().bytes()));
        ModelHub hub =
                new ModelHub(
                        List.of(ModelRoot.ofFolder(FOLDER.toAbsolutePath())),
                        new FileDigests(null),
                        new TokenizerFiles());
        models = new InstalledModels(hub, new DeviceModels(hub, devices));
    }

    @AfterAll
    static void close() {
        devices.close();
    }

    /// As `make.py` draws it.
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

    private static NodeRunner variations() {
        return NodeRunner.of(StableVariations.class)
                .withModels(models)
                .with("model", MODEL)
                .with("image", picture())
                .with("prompt", "a red lion with the hat")
                .with("negativePrompt", "blurry cat")
                .with("steps", 4)
                .with("guidanceScale", 4)
                .with("noiseLevel", 200)
                .with("eta", 0.5)
                .with("seed", 77);
    }

    private static NodeRunner textToImage() {
        return NodeRunner.of(StableTextToImage.class)
                .withModels(models)
                .with("model", MODEL)
                .with("prompt", "a red lion with the hat")
                .with("steps", 4)
                .with("guidanceScale", 4)
                .with("priorSteps", 3)
                .with("priorGuidanceScale", 3)
                .with("noiseLevel", 30)
                .with("seed", 77);
    }

    private static void assertSame(NodeResult result, String reference) throws IOException {
        Image image = result.image("image");
        Tensor expected =
                Objects.requireNonNull(
                        NetworkParity.tensors(FOLDER.resolve(reference).resolve("outputs.safetensors")).get("images"));
        assertThat(expected.shape()).containsExactly(1, image.height(), image.width(), 3);
        double worst = 0;
        for (int i = 0; i < image.bytes().length; i++) {
            worst = Math.max(worst, Math.abs((image.bytes()[i] & 255) / 255.0 - expected.floats()[i]));
        }
        assertThat(worst).isLessThan(TOLERANCE);
    }

    @Test
    void varies_a_picture_as_diffusers_does() throws IOException {
        assertSame(variations().run(), "variation");
    }

    @Test
    void draws_a_caption_as_diffusers_does() throws IOException {
        NodeResult drawn = textToImage().run();

        assertSame(drawn, "from-text");
        assertThat(drawn.output("embedding", Embedding.class).vector().shape()).containsExactly(24);
    }

    @Test
    void what_was_imagined_can_be_varied() {
        Embedding imagined = textToImage().run().output("embedding", Embedding.class);
        NodeRunner again =
                NodeRunner.of(StableVariations.class)
                        .withModels(models)
                        .with("model", MODEL)
                        .with("embedding", imagined)
                        .with("steps", 2);

        Image one = again.with("seed", 1).run().image("image");
        Image other = again.with("seed", 2).run().image("image");

        assertThat(one).isNotEqualTo(other);
    }

    @Test
    void an_embedding_stands_for_its_picture() {
        Embedding embedding =
                NodeRunner.of(EncodeImage.class)
                        .withModels(models)
                        .with("model", MODEL)
                        .with("image", picture())
                        .run()
                        .output("embedding", Embedding.class);
        NodeRunner ofEmbedding =
                NodeRunner.of(StableVariations.class)
                        .withModels(models)
                        .with("model", MODEL)
                        .with("embedding", embedding)
                        .with("steps", 2)
                        .with("seed", 77);
        NodeRunner ofPicture =
                NodeRunner.of(StableVariations.class)
                        .withModels(models)
                        .with("model", MODEL)
                        .with("image", picture())
                        .with("steps", 2)
                        .with("seed", 77);

        assertThat(ofEmbedding.run().image("image")).isEqualTo(ofPicture.run().image("image"));
    }

    @Test
    void noise_on_the_embedding_changes_the_picture() {
        Image near = variations().with("noiseLevel", 0).run().image("image");
        Image far = variations().with("noiseLevel", 999).run().image("image");

        assertThat(near).isNotEqualTo(far);
    }

    @Test
    void refuses_what_says_not_or_twice_what_to_show() {
        assertThatThrownBy(() -> NodeRunner.of(StableVariations.class).withModels(models).with("model", MODEL).run())
                .isInstanceOf(NodeException.class)
                .hasMessageContaining("Neither a picture nor an embedding");
        Embedding foreign = new Embedding(Tensor.ofFloats(new float[24], 24), "elsewhere");
        assertThatThrownBy(() -> variations().with("embedding", foreign).run())
                .isInstanceOf(NodeException.class)
                .hasMessageContaining("Both a picture and an embedding");
        assertThatThrownBy(() ->
                        NodeRunner.of(StableVariations.class)
                                .withModels(models)
                                .with("model", MODEL)
                                .with("embedding", foreign)
                                .run())
                .isInstanceOf(NodeException.class)
                .hasMessageContaining("lives in the space elsewhere");
    }

    @Test
    void refuses_what_cannot_be_drawn_before_it_knows_what_to_draw() {
        for (NodeRunner runner : List.of(variations(), textToImage())) {
            Ancestral ancestral = new Ancestral();
            assertThatThrownBy(() -> runner.withModels(ancestral).with("eta", 0.5).run())
                    .isInstanceOf(NodeException.class)
                    .hasMessageContaining("EulerAncestralDiscreteScheduler");
            assertThat(ancestral.opened).contains("unet").doesNotContain("prior", "image_encoder");
        }
    }

    @Test
    void refuses_folders_of_other_families_and_is_refused_by_their_nodes() {
        assertThatThrownBy(() -> variations().withModels(new Lacking("image_normalizer")).run())
                .isInstanceOf(NodeException.class)
                .hasMessageContaining("model is no Stable unCLIP");
        assertThatThrownBy(() -> textToImage().withModels(new Lacking("prior")).run())
                .isInstanceOf(NodeException.class)
                .hasMessageContaining("model has no prior");
        assertThatThrownBy(() ->
                        NodeRunner.of(TextToImage.class)
                                .withModels(models)
                                .with("model", MODEL)
                                .with("prompt", "a cat")
                                .run())
                .isInstanceOfSatisfying(
                        NodeException.class,
                        refused -> assertThat(refused.next().orElse("")).contains("unclip/stable-variations"));
    }

    /// The model without one of its components.
    private static final class Lacking extends Unchanged {
        private final String name;

        Lacking(String name) {
            this.name = name;
        }

        @Override
        public List<String> components(ModelReference reference) {
            return models.components(reference).stream().filter(component -> !component.equals(name)).toList();
        }
    }

    /// The model with a scheduler that has no eta.
    private static final class Ancestral extends Unchanged {
        private final List<String> opened = new ArrayList<>();

        @Override
        public Model model(ModelReference reference, String component, CallScope scope) {
            opened.add(component);
            return super.model(reference, component, scope);
        }

        @Override
        public Config config(ModelReference reference, String component) {
            return component.equals("scheduler")
                    ? new Config(component, Map.of("_class_name", "EulerAncestralDiscreteScheduler"))
                    : super.config(reference, component);
        }
    }

    private static class Unchanged implements ModelProvider {
        @Override
        public Model model(ModelReference reference, String component, CallScope scope) {
            return models.model(reference, component, scope);
        }

        @Override
        public Tokenizer tokenizer(ModelReference reference, String component) {
            return models.tokenizer(reference, component);
        }

        @Override
        public Config config(ModelReference reference, String component) {
            return models.config(reference, component);
        }

        @Override
        public List<String> components(ModelReference reference) {
            return models.components(reference);
        }

        @Override
        public String embeddingSpace(ModelReference reference) {
            return models.embeddingSpace(reference);
        }

        @Override
        public Optional<String> digest(ModelReference reference) {
            return models.digest(reference);
        }
    }
}
