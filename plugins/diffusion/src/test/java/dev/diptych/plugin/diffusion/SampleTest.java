// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.model.Model;
import dev.diptych.api.value.Embedding;
import dev.diptych.api.value.Image;
import dev.diptych.api.value.Latent;
import dev.diptych.api.value.ModelReference;
import dev.diptych.api.value.NoiseGenerator;
import dev.diptych.api.value.Seed;
import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.diffusion.arithmetic.TensorMath;
import dev.diptych.plugin.diffusion.gaussian.GaussianDiffusion;
import dev.diptych.plugin.diffusion.gaussian.MeanType;
import dev.diptych.plugin.diffusion.gaussian.SamplingHooks;
import dev.diptych.plugin.diffusion.guidance.Denoiser;
import dev.diptych.plugin.diffusion.picture.Pictures;
import dev.diptych.plugin.diffusion.sampling.Sampler;
import dev.diptych.plugin.diffusion.schedule.Betas;
import dev.diptych.plugin.diffusion.schedule.NoiseSchedule;
import dev.diptych.plugin.diffusion.schedule.VarianceType;
import dev.diptych.plugin.diffusion.solver.Solver;
import dev.diptych.plugin.diffusion.solver.Solvers;
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
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CancellationException;

class SampleTest {
    @TempDir private static Path folder;
    private static final int STEPS = 4;
    private static TinyModels models;

    @BeforeAll
    static void write() throws IOException {
        models = new TinyModels(folder);
    }

    @AfterAll
    static void close() {
        models.close();
    }

    private static NodeRunner sample(ModelReference model) {
        return NodeRunner.of(Sample.class).withModels(models.provider()).with("model", model).with("steps", STEPS);
    }

    private static Denoiser denoiser(ModelReference model, String component, String picture, String time) {
        Model network = models.model(model, component);
        return (x, timestep) ->
                network.call(Map.of(picture, x, time, PixelModel.times(timestep, 1))).values().iterator().next();
    }

    @Test
    void goes_the_way_of_diffusers_ddim_by_default() {
        NoiseGenerator noise = new Seed(4).generator();
        Solver solver =
                Solvers.of(
                        Map.of("_class_name", "DDIMScheduler", "prediction_type", "v_prediction"),
                        STEPS,
                        Map.of("eta", 0.5));
        Tensor expected =
                Sampler.of(solver, denoiser(TinyModels.DDPM, "unet", "sample", "timestep"))
                        .drawing(noise::normal)
                        .run(noise.normal(1, 3, 8, 8));

        NodeResult result = sample(TinyModels.DDPM).with("seed", 4).with("eta", 0.5).run();

        assertThat(result.image("image")).isEqualTo(Pictures.image(expected, 0));
    }

    @Test
    void goes_the_way_of_guided_diffusion_with_its_networks() {
        NoiseGenerator noise = new Seed(4).generator();
        GaussianDiffusion process =
                GaussianDiffusion.of(
                        NoiseSchedule.ofBetas(Betas.cosine(1000)), "4", MeanType.EPSILON, VarianceType.LEARNED_RANGE);
        Tensor expected =
                Sampler.of(
                                process.ancestral(SamplingHooks.clipping()),
                                denoiser(TinyModels.GUIDED, "model", "x", "timesteps"))
                        .drawing(noise::normal)
                        .run(noise.normal(1, 3, 8, 8));

        NodeResult result = sample(TinyModels.GUIDED).with("seed", 4).with("method", "ddpm").run();

        assertThat(result.image("image")).isEqualTo(Pictures.image(expected, 0));
    }

    @Test
    void makes_the_same_picture_of_a_seed_and_another_of_another() {
        Image picture = sample(TinyModels.DDPM).run().image("image");

        assertThat(sample(TinyModels.DDPM).run().image("image")).isEqualTo(picture);
        assertThat(sample(TinyModels.DDPM).with("seed", 1).run().image("image")).isNotEqualTo(picture);
    }

    @Test
    void begins_with_noise_that_is_given() {
        Latent noise =
                NodeRunner.of(Noise.class)
                        .withModels(models.provider())
                        .with("model", TinyModels.DDPM)
                        .with("seed", 6)
                        .run()
                        .output("latent", Latent.class);

        assertThat(sample(TinyModels.DDPM).with("noise", noise).run().image("image"))
                .isEqualTo(sample(TinyModels.DDPM).with("seed", 6).run().image("image"));
    }

    @ParameterizedTest
    @EnumSource
    void every_method_makes_pictures_with_networks_of_both_kinds(SamplingMethod method) {
        for (ModelReference model : new ModelReference[] {TinyModels.DDPM, TinyModels.GUIDED}) {
            NodeResult result = sample(model).with("method", method).run();

            assertThat(result.image("image").width()).isEqualTo(8);
            assertThat(result.previews()).hasSizeBetween(STEPS, 2 * STEPS);
            assertThat(result.list("notices", String.class)).isEmpty();
        }
    }

    @Test
    void methods_agree_where_steps_are_many() {
        Image ddim = sample(TinyModels.DDPM).with("steps", 50).with("clip", false).run().image("image");
        Image solver = sample(TinyModels.DDPM).with("method", "dpm-solver").with("steps", 20).run().image("image");
        Image other = sample(TinyModels.DDPM).with("seed", 1).with("clip", false).run().image("image");

        assertThat(difference(ddim, solver)).isLessThan(difference(ddim, other) / 5);
    }

    @Test
    void keeps_predictions_within_the_range_with_solvers_that_do_not_clip() {
        NodeResult free = sample(TinyModels.GUIDED).with("method", "euler").run();
        NodeResult clipped = sample(TinyModels.GUIDED).with("method", "euler").with("clip", true).run();

        assertThat(clipped.image("image")).isNotEqualTo(free.image("image"));
    }

    @Test
    void shows_grey_pictures_of_a_network_of_one_channel() {
        Image grey = sample(TinyModels.GREY).with("method", "own").run().image("image");

        for (int i = 0; i < grey.bytes().length; i += 3) {
            assertThat(grey.bytes()[i]).isEqualTo(grey.bytes()[i + 1]).isEqualTo(grey.bytes()[i + 2]);
        }
    }

    @Test
    void makes_other_sizes_than_the_network_was_trained_for() {
        Image wide = sample(TinyModels.GUIDED).with("width", 16).with("height", 10).run().image("image");

        assertThat(wide.width()).isEqualTo(16);
        assertThat(wide.height()).isEqualTo(10);
    }

    @Test
    void shows_the_class_that_is_asked_for() {
        Image one = sample(TinyModels.CLASSES).with("label", 1).run().image("image");
        Image other = sample(TinyModels.CLASSES).with("label", 2).run().image("image");

        assertThat(one).isNotEqualTo(other);
        assertRefused(sample(TinyModels.CLASSES), "diffusion/needs-class", "0 … 4");
        assertRefused(sample(TinyModels.CLASSES).with("label", 5), "diffusion/class", "0 … 4");
        assertRefused(sample(TinyModels.DDPM).with("label", 0), "diffusion/no-classes", "knows no classes");
    }

    @ParameterizedTest
    @EnumSource(names = {"DDPM", "DDIM"})
    void a_classifier_guides_towards_its_label(SamplingMethod method) {
        for (ModelReference model : new ModelReference[] {TinyModels.DDPM, TinyModels.GUIDED}) {
            NodeRunner guided =
                    sample(model)
                            .with("method", method)
                            .with("steps", 6)
                            .with("classifier", TinyModels.CLASSIFIER)
                            .with("label", 2);

            Image without = guided.with("classifierScale", 0).run().image("image");
            Image with = guided.with("classifierScale", 20).run().image("image");

            assertThat(likelihood(with)).isGreaterThan(likelihood(without));
        }
    }

    private static double likelihood(Image picture) {
        Map<String, Tensor> outputs =
                models.model(TinyModels.CLASSIFIER, "model")
                        .call(
                                Map.of(
                                        "x", Pictures.tensor(picture),
                                        "timesteps", PixelModel.times(0, 1),
                                        "y", PixelModel.labels(2, 1)));
        return Objects.requireNonNull(outputs.get("log_prob")).floats()[0];
    }

    @Test
    void refuses_a_classifier_without_a_label_or_that_is_none() {
        assertRefused(
                sample(TinyModels.DDPM).with("classifier", TinyModels.CLASSIFIER), "diffusion/needs-class", "no label");
        assertRefused(
                sample(TinyModels.DDPM).with("classifier", TinyModels.CLASSIFIER).with("label", 4),
                "diffusion/class",
                "0 … 3");
        assertRefused(
                sample(TinyModels.DDPM).with("classifier", TinyModels.GUIDED).with("label", 1),
                "diffusion/no-classifier",
                "guided");
    }

    @ParameterizedTest
    @EnumSource(names = {"OWN", "DDIM", "DPM_SOLVER"})
    void an_encoder_guides_towards_an_embedding(SamplingMethod method) {
        Embedding wanted = wanted(1);
        for (ModelReference model : new ModelReference[] {TinyModels.DDPM, TinyModels.GUIDED}) {
            NodeRunner node = sample(model).with("method", method).with("steps", 6).with("clip", true);
            NodeRunner guided = node.with("guide", wanted).with("guideModel", TinyModels.ENCODER);

            double weakly = cosine(wanted, guided.with("guideScale", 0).run().image("image"));
            double firmly = cosine(wanted, guided.with("guideScale", 3).run().image("image"));

            assertThat(firmly).isGreaterThan(weakly + 0.01);
        }
    }

    @Test
    void guidance_of_strength_zero_changes_nothing_at_all() {
        Image plain = sample(TinyModels.GUIDED).run().image("image");
        NodeRunner guided = sample(TinyModels.GUIDED).with("guide", wanted(1)).with("guideModel", TinyModels.ENCODER);

        assertThat(guided.with("guideScale", 0).run().image("image")).isEqualTo(plain);
        assertThat(guided.with("guideScale", 3).run().image("image")).isNotEqualTo(plain);
    }

    @Test
    void refuses_guides_that_cannot_guide() {
        NodeRunner guided = sample(TinyModels.DDPM).with("guide", wanted(1));
        assertRefused(guided, "diffusion/needs-guide", "guideModel");
        assertRefused(guided.with("guideModel", TinyModels.GUIDED), "diffusion/no-image-encoder", "does not compare");
        assertRefused(guided.with("guideModel", TinyModels.TEXT), "diffusion/no-image-encoder", "it has");
        assertRefused(
                guided.with("guideModel", TinyModels.ENCODER).with("guide", wanted(0)),
                "diffusion/no-direction",
                "the norm 0");
        assertRefused(
                guided.with("guide", new Embedding(wanted(1).vector(), "elsewhere")),
                "diffusion/other-embedding",
                "elsewhere");
        assertRefused(
                sample(TinyModels.GREY).with("guide", wanted(1)).with("guideModel", TinyModels.ENCODER),
                "diffusion/guide-channels",
                "these have 1");
    }

    private static Embedding wanted(double factor) {
        Tensor vector = TensorMath.linear(factor, new Seed(8).generator().normal(TinyEncoder.WIDTH));
        return new Embedding(vector, models.provider().embeddingSpace(TinyModels.ENCODER));
    }

    private static double cosine(Embedding wanted, Image picture) {
        Tensor mean = Tensor.ofFloats(new float[] {0.48145466f, 0.4578275f, 0.40821073f}, 3);
        Tensor deviation = Tensor.ofFloats(new float[] {0.26862954f, 0.26130258f, 0.27577711f}, 3);
        Map<String, Tensor> inputs =
                Map.of(
                        "pictures", Pictures.tensor(picture),
                        "mean", mean,
                        "deviation", deviation,
                        "wanted", Tensor.ofFloats(wanted.vector().floats(), 1, TinyEncoder.WIDTH),
                        "weights", TensorMath.filled(1, 1));
        Map<String, Tensor> outputs = models.model(TinyModels.ENCODER, "model").call("similarity", inputs);
        return Objects.requireNonNull(outputs.get("similarity")).floats()[0];
    }

    @Test
    void refuses_networks_that_cannot_do_with_noise_alone() {
        assertRefused(sample(TinyModels.TEXT), "diffusion/no-unconditional-branch", "encoder_hidden_states");
        assertRefused(sample(TinyModels.UPSAMPLER), "diffusion/no-unconditional-branch", "low_res");
        assertRefused(sample(TinyModels.CLASSIFIER), "diffusion/other-network", "gives 4");
    }

    @Test
    void refuses_what_the_network_or_the_method_does_not_have() {
        assertRefused(sample(TinyModels.GUIDED).with("width", 9), "diffusion/size", "multiples of 2");
        assertRefused(sample(TinyModels.DDPM).with("method", "heun").with("eta", 0.5), "diffusion/eta", "heun");
        assertRefused(sample(TinyModels.GUIDED).with("method", "ddpm").with("eta", 0.5), "diffusion/eta", "ddpm");
    }

    @Test
    void refuses_a_picture_with_noise_in_the_place_of_noise() {
        Latent noisy =
                NodeRunner.of(Forward.class)
                        .with("image", Image.filled(8, 8, new dev.diptych.api.value.Pixel(1, 0, 0, 1)))
                        .run()
                        .output("latent", Latent.class);
        Latent large =
                NodeRunner.of(Noise.class)
                        .with("channels", 4)
                        .with("width", 8)
                        .with("height", 8)
                        .run()
                        .output("latent", Latent.class);

        Latent ofAnotherFamily = new Latent(noisy.tensor(), Map.of("made by", "inversion"));

        assertRefused(sample(TinyModels.DDPM).with("noise", noisy), "diffusion/not-noise", "timestep 250");
        assertRefused(
                sample(TinyModels.DDPM).with("noise", ofAnotherFamily), "diffusion/other-model", "another family");
        assertRefused(sample(TinyModels.DDPM).with("noise", large), "diffusion/noise-shape", "[1, 4, 8, 8]");
    }

    @Test
    void ends_within_a_step_when_cancelled() {
        assertThatThrownBy(() -> sample(TinyModels.DDPM).cancelledAfter(3).run())
                .isInstanceOf(CancellationException.class);
    }

    private static void assertRefused(NodeRunner node, String code, String part) {
        assertThatThrownBy(node::run)
                .isInstanceOfSatisfying(
                        NodeException.class,
                        refused -> {
                            assertThat(refused.code()).isEqualTo(code);
                            assertThat(refused.getMessage() + refused.next().orElse("")).contains(part);
                        });
    }

    /// Mean absolute difference of bytes.
    static double difference(Image a, Image b) {
        return TensorMath.norm(TensorMath.linear(1, Pictures.tensor(a), -1, Pictures.tensor(b)));
    }
}
