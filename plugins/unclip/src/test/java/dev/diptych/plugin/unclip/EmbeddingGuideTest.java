// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.unclip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.node.Node;
import dev.diptych.api.node.NodeContext;
import dev.diptych.api.node.NodeType;
import dev.diptych.api.value.Embedding;
import dev.diptych.api.value.Image;
import dev.diptych.api.value.ModelReference;
import dev.diptych.api.value.Seed;
import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.clip.EncodeImage;
import dev.diptych.plugin.clip.EncodeText;
import dev.diptych.plugin.clip.Vectors;
import dev.diptych.plugin.clip.network.ClipArchitecture;
import dev.diptych.plugin.clip.network.ClipProjectedTextArchitecture;
import dev.diptych.plugin.clip.network.ClipProjectedVisionArchitecture;
import dev.diptych.plugin.diffusion.EmbeddingGuide;
import dev.diptych.plugin.diffusion.arithmetic.TensorMath;
import dev.diptych.plugin.diffusion.guidance.CosineSimilarity;
import dev.diptych.plugin.diffusion.network.UNet2DConditionModel;
import dev.diptych.plugin.diffusion.picture.Pictures;
import dev.diptych.plugin.unclip.network.TextProjection;
import dev.diptych.testkit.FolderModels;
import dev.diptych.testkit.Images;
import dev.diptych.testkit.NodeRunner;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.file.Path;
import java.util.List;

class EmbeddingGuideTest {
    private static final ModelReference CLIP = new ModelReference("portraits/clip");
    private static final ModelReference UNCLIP = new ModelReference("portraits/unclip");
    private static FolderModels models;

    /// Asks a guide, as a node can.
    @NodeType(id = "test/ask", title = "Ask", group = "Test", description = "Asks a guide.")
    public static final class Ask implements Node<Ask.In, Ask.Out> {
        public record In(ModelReference model, Embedding wanted, Tensor pictures) {}

        public record Out(Tensor cosines, Tensor gradient) {}

        @Override
        public Out run(In in, NodeContext context) {
            CosineSimilarity.Found found = EmbeddingGuide.of(context, in.model(), in.wanted()).at(in.pictures(), 0);
            float[] cosines = new float[found.cosines().length];
            for (int i = 0; i < cosines.length; i++) {
                cosines[i] = (float) found.cosines()[i];
            }
            return new Out(Tensor.ofFloats(cosines, cosines.length), found.gradient());
        }
    }

    @BeforeAll
    static void load() {
        models =
                FolderModels.ofPlugin(
                        "portraits",
                        Path.of("../portraits/models"),
                        new ClipArchitecture(),
                        new ClipProjectedTextArchitecture(),
                        new ClipProjectedVisionArchitecture(),
                        new UNet2DConditionModel(),
                        new TextProjection());
    }

    @AfterAll
    static void close() {
        models.close();
    }

    private static Embedding words(String text) {
        return NodeRunner.of(EncodeText.class)
                .withModels(models)
                .with("model", CLIP)
                .with("text", text)
                .run()
                .output("embedding", Embedding.class);
    }

    private static Ask.Out ask(ModelReference model, Embedding wanted, Tensor pictures) {
        var result =
                NodeRunner.of(Ask.class)
                        .withModels(models)
                        .with("model", model)
                        .with("wanted", wanted)
                        .with("pictures", pictures)
                        .run();
        return new Ask.Out(result.output("cosines", Tensor.class), result.output("gradient", Tensor.class));
    }

    @Test
    void finds_the_cosine_that_the_nodes_find() {
        Image picture = Images.random(64, 64, 3, 1);
        Embedding wanted = words("a fox wearing a green crown");

        double cosine = ask(CLIP, wanted, Pictures.tensor(picture)).cosines().floats()[0];

        assertThat(cosine).isCloseTo(Vectors.cosine(seen(picture), wanted), within(1e-5));
    }

    @ParameterizedTest
    @CsvSource({"portraits/clip, 64, 64", "portraits/unclip, 64, 64", "portraits/clip, 48, 80"})
    void its_gradient_is_that_of_the_cosine(String model, int height, int width) {
        ModelReference reference = new ModelReference(model);
        Embedding wanted = words("a corgi wearing a red scarf");
        Tensor pictures = TensorMath.linear(0.3, new Seed(1).generator().normal(2, 3, height, width));
        Tensor gradient = ask(reference, wanted, pictures).gradient();
        Tensor random = new Seed(2).generator().normal(2, 3, height, width);
        Tensor direction = TensorMath.linear(1, random, 50, gradient);
        double step = 2e-3;

        double up = sum(ask(reference, wanted, TensorMath.linear(1, pictures, step, direction)));
        double down = sum(ask(reference, wanted, TensorMath.linear(1, pictures, -step, direction)));

        double slope = TensorMath.dot(direction, gradient);
        assertThat(slope).isGreaterThan(1);
        assertThat((up - down) / (2 * step)).isCloseTo(slope, within(0.01 * slope));
    }

    private static double sum(Ask.Out found) {
        return found.cosines().floats()[0] + (double) found.cosines().floats()[1];
    }

    @Test
    void a_picture_comes_nearer_to_a_caption_the_more_strongly_clip_guides() {
        Embedding wanted = words("a corgi wearing a red scarf");
        NodeRunner decode = decode(words("a corgi, cream background"));
        Image plain = decode.run().image("image");
        NodeRunner guided = decode.with("guide", wanted);

        Image untouched = guided.with("guideScale", 0).run().image("image");
        double[] found = new double[3];
        for (int i = 0; i < 3; i++) {
            found[i] = Vectors.cosine(seen(guided.with("guideScale", 20 * i).run().image("image")), wanted);
        }

        assertThat(untouched).isEqualTo(plain);
        assertThat(found[1]).isGreaterThan(found[0] + 0.02);
        assertThat(found[2]).isGreaterThan(found[1]);
    }

    @Test
    void refuses_an_embedding_that_points_nowhere() {
        Embedding nowhere = Vectors.combination(List.of(words("a fox")), new double[] {0});

        assertThatThrownBy(() -> decode(words("a corgi")).with("guide", nowhere).run())
                .isInstanceOf(NodeException.class)
                .hasMessageContaining("points nowhere");
    }

    private static NodeRunner decode(Embedding shown) {
        return NodeRunner.of(Decode.class)
                .withModels(models)
                .with("model", UNCLIP)
                .with("embedding", shown)
                .with("steps", 8)
                .with("eta", 0.0)
                .with("guidanceScale", 1);
    }

    private static Embedding seen(Image picture) {
        return NodeRunner.of(EncodeImage.class)
                .withModels(models)
                .with("model", CLIP)
                .with("image", picture)
                .run()
                .output("embedding", Embedding.class);
    }
}
