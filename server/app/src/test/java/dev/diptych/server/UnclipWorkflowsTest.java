// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diptych.api.value.Image;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// What the workflows on the bipartite latent must do whatever the weights are; here these are random.
class UnclipWorkflowsTest {
    private static final Path CHECKOUT = Path.of("../..").toAbsolutePath().normalize();
    private static final String MODEL = "model=tiny/unclip";
    private static final String TINY_PRIOR = "autoregressive=tiny/unclip-ar";

    /// A picture through both panels and back.
    private static final String RECONSTRUCTION =
            """
            { "diptych": 1, "name": "reconstruction", "title": "Reconstruction",
              "inputs": {"image": {"type": "image", "default": "asset:portraits/lion.png"}, "steps": {"type": "integer", "default": 50}, "model": {"type": "model", "default": "tiny/unclip"}},
              "nodes": {
                "z": {"type": "clip/encode-image", "version": 1, "in": {"model": {"input": "model"}, "image": {"input": "image"}}},
                "noise": {"type": "unclip/invert", "version": 1, "in": {"model": {"input": "model"}, "image": {"input": "image"}, "embedding": {"node": "z", "out": "embedding"}, "steps": {"input": "steps"}}},
                "decode": {"type": "unclip/decode", "version": 1, "in": {"model": {"input": "model"}, "noise": {"node": "noise", "out": "latent"}}}},
              "outputs": {"small": {"node": "decode", "out": "image"}, "notices": {"node": "decode", "out": "notices"}} }
            """;

    /// One variation in which nothing is drawn on the way, beside what both panels hold.
    private static final String UNVARIED =
            """
            { "diptych": 1, "name": "unvaried", "title": "Unvaried",
              "inputs": {"image": {"type": "image", "default": "asset:portraits/lion.png"}, "model": {"type": "model", "default": "tiny/unclip"}},
              "nodes": {
                "vary": {"type": "unclip/variations", "version": 1, "in": {"model": {"input": "model"}, "image": {"input": "image"}, "seed": {"value": 3}, "eta": {"value": 0}, "steps": {"value": 5}}},
                "again": {"type": "unclip/reconstruct", "version": 1, "in": {"model": {"input": "model"}, "image": {"input": "image"}, "steps": {"value": 5}}}},
              "outputs": {"varied": {"node": "vary", "out": "small"}, "again": {"node": "again", "out": "image"}} }
            """;

    /// Each step solved for its beginning, which random weights need more than trained ones.
    private static final String EXACT =
            """
            { "diptych": 1, "name": "exact", "title": "Exact inversion",
              "inputs": {"image": {"type": "image", "default": "asset:portraits/lion.png"}, "model": {"type": "model", "default": "tiny/unclip"}},
              "nodes": {
                "z": {"type": "clip/encode-image", "version": 1, "in": {"model": {"input": "model"}, "image": {"input": "image"}}},
                "again": {"type": "unclip/reconstruct", "version": 1, "in": {"model": {"input": "model"}, "image": {"input": "image"}, "steps": {"value": 100}, "method": {"value": "implicit"}}},
                "random": {"type": "unclip/decode", "version": 1, "in": {"model": {"input": "model"}, "embedding": {"node": "z", "out": "embedding"}, "steps": {"value": 100}, "guidanceScale": {"value": 1}, "eta": {"value": 0}, "clip": {"value": false}}},
                "far": {"type": "image/compare", "version": 1, "in": {"before": {"node": "again", "out": "original"}, "after": {"node": "random", "out": "image"}}}},
              "outputs": {"found": {"node": "again", "out": "psnr"}, "random": {"node": "far", "out": "psnr"}} }
            """;

    /// What the autoregressive prior makes of a caption.
    private static final String IMAGINED =
            """
            { "diptych": 1, "name": "imagined", "title": "Imagined",
              "inputs": {"model": {"type": "model", "default": "tiny/unclip"}},
              "nodes": {
                "prior": {"type": "unclip/prior-autoregressive", "version": 1, "in": {"model": {"value": "tiny/unclip-ar"}, "clip": {"input": "model"}, "text": {"value": "a red fox"}, "seed": {"value": 0}, "candidates": {"value": 1}}}},
              "outputs": {"similarity": {"node": "prior", "out": "similarity"}} }
            """;

    /// What the autoregressive prior makes, written in its codes once more.
    private static final String KEPT =
            """
            { "diptych": 1, "name": "kept", "title": "Kept",
              "inputs": {"model": {"type": "model", "default": "tiny/unclip"}},
              "nodes": {
                "prior": {"type": "unclip/prior-autoregressive", "version": 1, "in": {"model": {"value": "tiny/unclip-ar"}, "clip": {"input": "model"}, "text": {"value": "a red fox"}}},
                "codes": {"type": "unclip/embedding-codes", "version": 1, "in": {"model": {"value": "tiny/unclip-ar"}, "embedding": {"node": "prior", "out": "embedding"}}}},
              "outputs": {"error": {"node": "codes", "out": "error"}} }
            """;

    /// What was found by inversion, decoded as it was found and otherwise.
    private static final String OVERRIDDEN =
            """
            { "diptych": 1, "name": "overridden", "title": "Overridden",
              "inputs": {"model": {"type": "model", "default": "tiny/unclip"}, "image": {"type": "image", "default": "asset:portraits/lion.png"}},
              "nodes": {
                "z": {"type": "clip/encode-image", "version": 1, "in": {"model": {"input": "model"}, "image": {"input": "image"}}},
                "words": {"type": "clip/encode-text", "version": 1, "in": {"model": {"input": "model"}, "text": {"value": "a cat"}}},
                "noise": {"type": "unclip/invert", "version": 1, "in": {"model": {"input": "model"}, "image": {"input": "image"}, "embedding": {"node": "z", "out": "embedding"}, "steps": {"value": 8}}},
                "plain": {"type": "unclip/decode", "version": 1, "in": {"model": {"input": "model"}, "noise": {"node": "noise", "out": "latent"}}},
                "clipped": {"type": "unclip/decode", "version": 1, "in": {"model": {"input": "model"}, "noise": {"node": "noise", "out": "latent"}, "clip": {"value": true}}},
                "other": {"type": "unclip/decode", "version": 1, "in": {"model": {"input": "model"}, "noise": {"node": "noise", "out": "latent"}, "embedding": {"node": "words", "out": "embedding"}}}},
              "outputs": {"plain": {"node": "plain", "out": "image"}, "clipped": {"node": "clipped", "out": "image"}, "notices": {"node": "plain", "out": "notices"},
                "noticesOfClipped": {"node": "clipped", "out": "notices"}, "noticesOfOther": {"node": "other", "out": "notices"}} }
            """;

    @TempDir private Path folder;

    @BeforeAll
    static void plugins_come_from_the_checkout() {
        System.setProperty("diptych.home", CHECKOUT.toString());
    }

    private RanWorkflow run(String name, String... inputs) throws IOException {
        return run(workflow(name), inputs);
    }

    private static Path workflow(String name) {
        return CHECKOUT.resolve("workflows").resolve(name + ".json");
    }

    private RanWorkflow run(Path document, String... inputs) throws IOException {
        return run(new ArrayList<>(), document, inputs);
    }

    /// To the bit the same, whatever rows other calls put beside.
    private RanWorkflow runDeterministically(Path document, String... inputs) throws IOException {
        return run(new ArrayList<>(List.of("--deterministic")), document, inputs);
    }

    private RanWorkflow run(List<String> all, Path document, String... inputs) throws IOException {
        all.addAll(List.of("-i", MODEL));
        Stream.of(inputs).forEach(input -> all.addAll(List.of("-i", input)));
        RanWorkflow ran = RanWorkflow.run(folder, document, all.toArray(String[]::new));
        assertThat(ran.err()).doesNotContain("problem");
        assertThat(ran.json().path("status").textValue()).isEqualTo("succeeded");
        return ran;
    }

    private Image reconstruction(String portrait, int steps) throws IOException {
        Path document = Files.writeString(folder.resolve("reconstruction.json"), RECONSTRUCTION);
        return runDeterministically(document, "image=asset:portraits/" + portrait + ".png", "steps=" + steps)
                .image("small");
    }

    @Test
    void a_text_diff_of_theta_0_without_guidance_is_the_reconstruction() throws IOException {
        Image unchanged =
                runDeterministically(workflow("text-diff"), "theta=0", "guidance=1", "steps=10").image("small");

        assertThat(unchanged).isEqualTo(reconstruction("lion", 10));
    }

    @Test
    void a_text_diff_changes_the_picture_more_with_a_larger_theta() throws IOException {
        Image none = run("text-diff", "theta=0", "steps=10").image("small");
        Image little = run("text-diff", "theta=0.1", "steps=10").image("small");
        Image much = run("text-diff", "theta=0.5", "steps=10").image("small");

        assertThat(difference(none, little)).isPositive().isLessThan(difference(none, much));
    }

    @Test
    void an_interpolation_begins_and_ends_with_the_reconstructions() throws IOException {
        List<Image> frames = runDeterministically(workflow("interpolation"), "steps=10").images("images");

        assertThat(frames).hasSize(9);
        assertThat(frames.getFirst()).isEqualTo(reconstruction("cat", 10));
        assertThat(frames.getLast()).isEqualTo(reconstruction("fox", 10));
    }

    @Test
    void the_noise_that_was_found_gives_the_picture_back_and_other_noise_does_not() throws IOException {
        Path document = Files.writeString(folder.resolve("exact.json"), EXACT);

        RanWorkflow ran = run(document);

        double found = ran.output("found").asDouble();
        double random = ran.output("random").asDouble();
        assertThat(found).isGreaterThan(random + 20);
    }

    @Test
    void decoding_what_was_inverted_says_what_is_overridden_and_keeps_everything_else() throws IOException {
        Path model = folder.resolve("data/models/other/unclip");
        RanWorkflow.install("tiny/unclip", model);
        Path scheduler = model.resolve("decoder_scheduler/scheduler_config.json");
        Files.writeString(
                scheduler, Files.readString(scheduler).replace("_range\": 1.0", "_range\": 1e6")); // clips nothing
        Path document = Files.writeString(folder.resolve("overridden.json"), OVERRIDDEN);

        RanWorkflow ran = RanWorkflow.run(folder, document, "--deterministic", "-i", "model=other/unclip");

        assertThat(ran.err()).doesNotContain("problem");
        assertThat(ran.image("clipped")).isEqualTo(ran.image("plain"));
        assertThat(ran.output("notices")).isEmpty();
        assertThat(ran.output("noticesOfClipped")).hasSize(1);
        assertThat(ran.output("noticesOfClipped").get(0).asText()).contains("clipping off");
        assertThat(ran.output("noticesOfOther")).hasSize(1);
        assertThat(ran.output("noticesOfOther").get(0).asText()).contains("embedding");
    }

    @Test
    void any_number_of_steps_inverts_a_decoder_that_predicts_noise() throws IOException {
        String document =
                one(
                        "\"unclip/reconstruct\", \"version\": 1, \"in\": {\"model\": {\"input\": \"model\"}, \"image\": {\"input\": \"image\"}, \"steps\": {\"value\": 60}}",
                        "psnr");

        assertThat(run(Files.writeString(folder.resolve("sixty.json"), document)).output("out").asDouble())
                .isPositive();
    }

    @Test
    void noise_is_not_taken_from_where_it_means_something_else() throws IOException {
        String forward =
                "\"before\": {\"type\": \"diffusion/forward\", \"version\": 1, \"in\": {\"image\": {\"input\": \"image\"}, \"side\": {\"value\": 16}}}, ";
        String decoded =
                "\"unclip/decode\", \"version\": 1, \"in\": {\"model\": {\"input\": \"model\"}, \"noise\": {\"node\": \"before\", \"out\": \"latent\"}}";
        String z =
                "\"z\": {\"type\": \"clip/encode-image\", \"version\": 1, \"in\": {\"model\": {\"input\": \"model\"}, \"image\": {\"input\": \"image\"}}}, ";
        String two = z + inverted("a", 4) + inverted("b", 6);
        String blended =
                "\"unclip/blend-noise\", \"version\": 1, \"in\": {\"a\": {\"node\": \"a\", \"out\": \"latent\"}, \"b\": {\"node\": \"b\", \"out\": \"latent\"}}";

        assertThat(refused(one(forward, decoded, "image"))).contains("picture with the noise of timestep 250");
        assertThat(refused(one(two, blended, "latent"))).contains("found in different ways: their timesteps differ");
    }

    private static String inverted(String name, int steps) {
        return "\"%s\": {\"type\": \"unclip/invert\", \"version\": 1, \"in\": {\"model\": {\"input\": \"model\"}, \"image\": {\"input\": \"image\"}, \"embedding\": {\"node\": \"z\", \"out\": \"embedding\"}, \"steps\": {\"value\": %d}}}, "
                .formatted(name, steps);
    }

    @Test
    void a_picture_that_is_not_of_the_decoders_size_is_not_enlarged_by_its_upsampler() throws IOException {
        String upsampled =
                "\"unclip/upsample\", \"version\": 1, \"in\": {\"model\": {\"input\": \"model\"}, \"image\": {\"input\": \"image\"}}";

        assertThat(refused(one(upsampled, "image")))
                .contains("tiny/unclip enlarges pictures of 16 x 16 pixels, not of")
                .contains("portraits/upsampler-1024");
    }

    /// A document of one node, whose output is "out".
    private static String one(String node, String output) {
        return one("", node, output);
    }

    private static String one(String before, String node, String output) {
        return """
        { "diptych": 1, "name": "one", "title": "One",
          "inputs": {"model": {"type": "model", "default": "tiny/unclip"}, "image": {"type": "image", "default": "asset:portraits/lion.png"}},
          "nodes": {%s"node": {"type": %s}},
          "outputs": {"out": {"node": "node", "out": "%s"}} }
        """
                .formatted(before, node, output);
    }

    private String refused(String document) throws IOException {
        RanWorkflow ran =
                RanWorkflow.run(folder, Files.writeString(folder.resolve("refused.json"), document), "-i", MODEL);
        assertThat(ran.exit()).isEqualTo(1);
        return ran.err() + ran.out();
    }

    @Test
    void variations_differ_from_seed_to_seed() throws IOException {
        List<Image> pictures = run("variations", "steps=5").images("images");

        assertThat(pictures).hasSize(4).doesNotHaveDuplicates();
        assertThat(run("variations", "steps=5").images("images")).isEqualTo(pictures);
    }

    @Test
    void a_variation_with_eta_0_is_what_both_panels_hold() throws IOException {
        Path document = Files.writeString(folder.resolve("unvaried.json"), UNVARIED);
        RanWorkflow ran = RanWorkflow.run(folder, document, "--deterministic");

        assertThat(ran.image("varied")).isEqualTo(ran.image("again"));
    }

    @Test
    void variations_from_new_noise_hold_nothing_of_the_pictures_own() throws IOException {
        List<Image> around = runDeterministically(workflow("variations"), "steps=5", "eta=0").images("images");
        List<Image> anew = run("variations", "steps=5", "eta=0", "start=noise").images("images");

        assertThat(around).containsOnly(around.getFirst());
        assertThat(anew).hasSize(4).doesNotHaveDuplicates().doesNotContain(around.getFirst());
    }

    @Test
    void the_prior_gives_another_picture_than_the_words_themselves() throws IOException {
        RanWorkflow ran = run("prior-or-none", "steps=5");

        assertThat(List.of(ran.image("with"), ran.image("without"), ran.image("caption"))).doesNotHaveDuplicates();
    }

    @Test
    void both_priors_imagine_different_pictures_of_one_caption() throws IOException {
        RanWorkflow ran = run("both-priors", TINY_PRIOR, "steps=5");

        assertThat(ran.image("diffusion")).isNotEqualTo(ran.image("autoregressive"));
        assertThat(ran.output("diffusionSimilarity").asDouble()).isBetween(-1.0, 1.0);
        assertThat(ran.output("autoregressiveSimilarity").asDouble()).isBetween(-1.0, 1.0);
        assertThat(ran.output("lostByCodes").asDouble()).isPositive();
    }

    @Test
    void the_autoregressive_prior_draws_by_its_seed_and_at_temperature_0_without_it() throws IOException {
        Image picture = run("both-priors", TINY_PRIOR, "steps=5", "seed=1").image("autoregressive");

        assertThat(run("both-priors", TINY_PRIOR, "steps=5", "seed=1").image("autoregressive")).isEqualTo(picture);
        assertThat(autoregressive("1", "temperature", "1")).isNotEqualTo(autoregressive("2", "temperature", "1"));
        assertThat(autoregressive("1", "temperature", "0")).isEqualTo(autoregressive("2", "temperature", "0"));
    }

    @Test
    void the_autoregressive_prior_heeds_how_well_the_picture_is_to_fit() throws IOException {
        assertThat(autoregressive("1", "dotToken", "\"top-half\""))
                .isNotEqualTo(autoregressive("1", "dotToken", "\"bottom-half\""));
    }

    @Test
    void what_the_autoregressive_prior_imagines_its_codes_keep() throws IOException {
        Path document = Files.writeString(folder.resolve("kept.json"), KEPT);

        assertThat(run(document).output("error").asDouble()).isBetween(0.0, 1e-3);
    }

    @Test
    void the_autoregressive_prior_refuses_a_clip_that_it_was_not_trained_on() throws IOException {
        Path model = folder.resolve("data/models/other/unclip-ar");
        RanWorkflow.install("tiny/unclip-ar", model);
        Path config = model.resolve("config.json");
        Files.writeString(
                config,
                Files.readString(config)
                        .replaceFirst(
                                "\"_embedding_space\": \"[0-9a-f]+\"", "\"_embedding_space\": \"0123456789abcdef\""));

        String error = failed("both-priors", "autoregressive=other/unclip-ar");

        assertThat(error)
                .contains("other/unclip-ar imagines embeddings of the space 0123456789ab")
                .contains("Use the CLIP that this prior was trained on");
    }

    @Test
    void a_diffusion_prior_is_no_autoregressive_one_and_is_told_its_node() throws IOException {
        assertThat(failed("both-priors", "autoregressive=tiny/unclip"))
                .contains("tiny/unclip has no autoregressive prior, but a diffusion prior")
                .contains("unclip/prior");
    }

    private String failed(String name, String input) throws IOException {
        RanWorkflow ran =
                RanWorkflow.run(
                        folder,
                        CHECKOUT.resolve("workflows").resolve(name + ".json"),
                        "-i",
                        MODEL,
                        "-i",
                        input,
                        "-i",
                        "steps=2");
        assertThat(ran.exit()).isEqualTo(1);
        return ran.err() + ran.out();
    }

    /// What one way of drawing imagines, compared by the cosine of the angle to the caption.
    private double autoregressive(String seed, String name, String value) throws IOException {
        String document =
                IMAGINED.replace("\"seed\": {\"value\": 0}", "\"seed\": {\"value\": " + seed + "}")
                        .replace("\"candidates\"", "\"" + name + "\": {\"value\": " + value + "}, \"candidates\"");
        return run(Files.writeString(folder.resolve("imagined.json"), document)).output("similarity").asDouble();
    }

    /// Mean absolute difference of bytes.
    private static double difference(Image a, Image b) {
        double sum = 0;
        for (int i = 0; i < a.bytes().length; i++) {
            sum += Math.abs((a.bytes()[i] & 255) - (b.bytes()[i] & 255));
        }
        return sum / a.bytes().length;
    }
}
