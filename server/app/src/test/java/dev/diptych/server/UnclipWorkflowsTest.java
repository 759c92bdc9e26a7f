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
import java.util.List;

/// What the workflows on the bipartite latent must do whatever the weights are; here these are random.
class UnclipWorkflowsTest {
    private static final Path CHECKOUT = Path.of("../..").toAbsolutePath().normalize();
    private static final String MODEL = "model=tiny/unclip";

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

    @TempDir private Path folder;

    @BeforeAll
    static void plugins_come_from_the_checkout() {
        System.setProperty("diptych.home", CHECKOUT.toString());
    }

    private RanWorkflow run(String name, String... inputs) throws IOException {
        return run(CHECKOUT.resolve("workflows").resolve(name + ".json"), inputs);
    }

    private RanWorkflow run(Path document, String... inputs) throws IOException {
        String[] all = new String[inputs.length * 2 + 2];
        all[0] = "-i";
        all[1] = MODEL;
        for (int i = 0; i < inputs.length; i++) {
            all[2 * i + 2] = "-i";
            all[2 * i + 3] = inputs[i];
        }
        RanWorkflow ran = RanWorkflow.run(folder, document, all);
        assertThat(ran.err()).doesNotContain("problem");
        assertThat(ran.json().path("status").textValue()).isEqualTo("succeeded");
        return ran;
    }

    private Image reconstruction(String portrait, int steps) throws IOException {
        Path document = Files.writeString(folder.resolve("reconstruction.json"), RECONSTRUCTION);
        return run(document, "image=asset:portraits/" + portrait + ".png", "steps=" + steps).image("small");
    }

    @Test
    void a_text_diff_of_theta_0_is_the_reconstruction() throws IOException {
        Image unchanged = run("text-diff", "theta=0", "steps=10").image("small");

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
        List<Image> frames = run("interpolation", "steps=10").images("images");

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
    void variations_differ_from_seed_to_seed() throws IOException {
        List<Image> pictures = run("variations", "steps=5").images("images");

        assertThat(pictures).hasSize(4).doesNotHaveDuplicates();
        assertThat(run("variations", "steps=5").images("images")).isEqualTo(pictures);
    }

    @Test
    void the_prior_gives_another_picture_than_the_words_themselves() throws IOException {
        RanWorkflow ran = run("prior-or-none", "steps=5");

        assertThat(List.of(ran.image("with"), ran.image("without"), ran.image("caption"))).doesNotHaveDuplicates();
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
