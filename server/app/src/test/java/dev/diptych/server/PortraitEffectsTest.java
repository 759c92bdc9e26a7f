// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;

import dev.diptych.api.value.Image;
import dev.diptych.api.value.Pixel;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// What the workflows do on the trained models of the checkout, as the attribute classifier sees it. How often they succeed is for `diptych bench edits` to say.
class PortraitEffectsTest {
    private static final Path CHECKOUT = Path.of("../..").toAbsolutePath().normalize();

    /// Portraits of 1024 pixels beside each other, of combinations that no training saw.
    private static final String DRAWN = "@" + CHECKOUT.resolve("plugins/portraits/truth/largest.webp");

    /// A picture made small and large again, and held against the picture.
    private static final String ENLARGED =
            """
            { "diptych": 1, "name": "enlarged", "title": "Enlarged",
              "inputs": {"image": {"type": "image"}, "model": {"type": "model"}, "left": {"type": "integer", "default": 0}, "small": {"type": "integer"}, "large": {"type": "integer"}},
              "nodes": {
                "original": {"type": "image/crop", "version": 1, "in": {"image": {"input": "image"}, "left": {"input": "left"}, "top": {"value": 0}, "width": {"input": "large"}, "height": {"input": "large"}}},
                "small": {"type": "image/resize", "version": 1, "in": {"image": {"node": "original", "out": "image"}, "width": {"input": "small"}, "height": {"input": "small"}}},
                "large": {"type": "unclip/upsample", "version": 1, "in": {"image": {"node": "small", "out": "image"}, "model": {"input": "model"}}},
                "stretched": {"type": "image/resize", "version": 1, "in": {"image": {"node": "small", "out": "image"}, "width": {"input": "large"}, "height": {"input": "large"}, "filter": {"value": "bicubic"}}},
                "near": {"type": "image/compare", "version": 1, "in": {"before": {"node": "original", "out": "image"}, "after": {"node": "large", "out": "image"}}},
                "less-near": {"type": "image/compare", "version": 1, "in": {"before": {"node": "original", "out": "image"}, "after": {"node": "stretched", "out": "image"}}}},
              "outputs": {"image": {"node": "large", "out": "image"}, "notices": {"node": "large", "out": "notices"}, "psnr": {"node": "near", "out": "psnr"}, "psnrOfBicubic": {"node": "less-near", "out": "psnr"}} }
            """;

    /// How near to their caption embeddings are that were asked to be near, and others.
    private static final String FITTING =
            """
            { "diptych": 1, "name": "fitting", "title": "Fitting",
              "inputs": {"seeds": {"type": {"list": "seed"}, "default": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]}},
              "nodes": {
                "top": {"type": "unclip/prior-autoregressive", "version": 1, "in": {"text": {"value": "a fox wearing glasses, lavender background"}, "seed": {"input": "seeds"}, "candidates": {"value": 1}, "guidanceScale": {"value": 1}, "dotToken": {"value": "top-half"}}},
                "bottom": {"type": "unclip/prior-autoregressive", "version": 1, "in": {"text": {"value": "a fox wearing glasses, lavender background"}, "seed": {"input": "seeds"}, "candidates": {"value": 1}, "guidanceScale": {"value": 1}, "dotToken": {"value": "bottom-half"}}}},
              "outputs": {"top": {"node": "top", "out": "similarity"}, "bottom": {"node": "bottom", "out": "similarity"}} }
            """;

    @TempDir private Path folder;

    @BeforeAll
    static void plugins_come_from_the_checkout() {
        System.setProperty("diptych.home", CHECKOUT.toString());
    }

    private RanWorkflow run(String name, String... inputs) throws IOException {
        List<String> arguments = new ArrayList<>();
        for (String input : inputs) {
            arguments.addAll(List.of("-i", input));
        }
        RanWorkflow ran =
                RanWorkflow.run(
                        folder,
                        CHECKOUT.resolve("workflows").resolve(name + ".json"),
                        arguments.toArray(String[]::new));
        assertThat(ran.exit()).as(ran.err()).isZero();
        return ran;
    }

    private Readings read(JsonNode... files) throws IOException {
        List<String> images = new ArrayList<>();
        for (JsonNode file : files) {
            (file.isArray() ? file : List.of(file)).forEach(each -> images.add(path(each)));
        }
        return Readings.ofImages(folder, images);
    }

    private static String path(JsonNode file) {
        return "@" + (file.isTextual() ? file.textValue() : file.path("file").textValue());
    }

    @Test
    void a_caption_becomes_what_it_says() throws IOException {
        Readings readings =
                read(
                        run("text-to-image", "text=a panda wearing a red scarf, mint background").output("small"),
                        run("text-to-image", "text=a penguin, cream background").output("small"));

        assertThat(readings.of(0)).containsAllEntriesOf(Map.of("species", "panda", "background", "mint"));
        assertThat(readings.of(1)).containsAllEntriesOf(Map.of("species", "penguin", "background", "cream"));
    }

    @Test
    void both_priors_imagine_what_the_caption_says() throws IOException {
        RanWorkflow ran = run("both-priors", "text=a panda wearing a red scarf, mint background");
        Readings readings = read(ran.output("diffusion"), ran.output("autoregressive"));

        assertThat(readings.of(0)).containsAllEntriesOf(Map.of("species", "panda", "background", "mint"));
        assertThat(readings.of(1)).containsAllEntriesOf(Map.of("species", "panda", "background", "mint"));
        assertThat(ran.output("lostByCodes").doubleValue()).isBetween(0.0, 0.3);
    }

    @Test
    void pictures_that_are_to_fit_their_caption_well_fit_it_better() throws IOException {
        RanWorkflow ran = RanWorkflow.run(folder, Files.writeString(folder.resolve("fitting.json"), FITTING));

        assertThat(ran.exit()).as(ran.err()).isZero();
        assertThat(mean(ran.output("top"))).isGreaterThan(mean(ran.output("bottom")) + 0.01);
    }

    private static double mean(JsonNode numbers) {
        double sum = 0;
        for (JsonNode number : numbers) {
            sum += number.doubleValue();
        }
        return sum / numbers.size();
    }

    @Test
    void the_two_panels_hold_the_picture() throws IOException {
        RanWorkflow ran = run("inversion-check");

        assertThat(ran.output("psnr").doubleValue()).isGreaterThan(24);
        assertThat(ran.output("psnr").doubleValue()).isGreaterThan(ran.output("psnrOfRandom").doubleValue() + 6);
    }

    @Test
    void a_text_diff_changes_what_the_captions_differ_in_and_keeps_the_rest() throws IOException {
        Readings readings = read(run("text-diff", "theta=0").output("small"), run("text-diff").output("small"));

        assertThat(readings.of(0)).containsEntry("species", "lion");
        assertThat(readings.of(1)).containsEntry("species", "lion cub");
        assertThat(readings.of(1))
                .containsAllEntriesOf(
                        Map.of(
                                "neckwear",
                                "scarf",
                                "neckwear_colour",
                                "red",
                                "glasses",
                                "none",
                                "background",
                                "sky blue"));
    }

    @Test
    void variations_stay_the_same_subject_and_differ() throws IOException {
        RanWorkflow ran = run("variations");
        List<Image> images = ran.images("images");

        assertThat(images).doesNotHaveDuplicates();
        Readings readings = read(ran.output("images"));
        for (int i = 0; i < images.size(); i++) {
            assertThat(readings.of(i)).containsAllEntriesOf(Map.of("species", "corgi", "background", "mint"));
        }
    }

    @Test
    void an_interpolation_goes_one_way() throws IOException {
        RanWorkflow ran = run("interpolation", "t=[0, 0.25, 0.5, 0.75, 1]");
        Readings readings = read(ran.output("images"));

        assertThat(readings.of(0)).containsEntry("species", "cat");
        assertThat(readings.of(4)).containsEntry("species", "fox");
        assertThat(readings.probabilities(1, "species").get("cat"))
                .isGreaterThan(readings.probabilities(3, "species").get("cat"));
        assertThat(readings.probabilities(3, "species").get("fox"))
                .isGreaterThan(readings.probabilities(1, "species").get("fox"));
    }

    @Test
    void the_upsampler_keeps_what_a_picture_shows_and_beats_bicubic_enlargement() throws IOException {
        RanWorkflow ran = enlarge("asset:portraits/panda.png", 0, "portraits/unclip", 64, 256);

        assertThat(ran.image("image").width()).isEqualTo(256);
        assertThat(ran.output("psnr").doubleValue()).isGreaterThan(ran.output("psnrOfBicubic").doubleValue() + 1);
        assertThat(read(ran.output("image")).of(0))
                .containsAllEntriesOf(
                        Map.of("species", "panda", "hat", "crown", "hat_colour", "yellow", "background", "peach"));
    }

    @Test
    void the_second_upsampler_beats_bicubic_enlargement_of_what_no_training_saw() throws IOException {
        RanWorkflow ran = enlarge(DRAWN, 1024, "portraits/upsampler-1024", 256, 1024);

        assertThat(ran.image("image").width()).isEqualTo(1024);
        assertThat(ran.output("psnr").doubleValue()).isGreaterThan(ran.output("psnrOfBicubic").doubleValue() + 2);
    }

    @Test
    void where_tiles_end_the_picture_changes_no_more_than_elsewhere() throws IOException {
        Image whole = enlarge(DRAWN, 0, "portraits/upsampler-1024", 256, 1024).image("image");
        RanWorkflow ran =
                enlarge(DRAWN, 0, "portraits/upsampler-1024", 256, 1024, "--no-cache", "--model-memory", "150");
        Image tiled = ran.image("image");

        assertThat(ran.output("notices").path(0).asText()).contains("4 tiles of 576 x 576");
        for (int end : List.of(1024 - 576, 576)) {
            assertThat(change(tiled, end) / change(whole, end)).isLessThan(1.05);
        }
    }

    /// How much a picture changes from one column, and from one row, to the next, together.
    private static double change(Image image, int at) {
        double change = 0;
        for (int i = 0; i < image.width(); i++) {
            change += difference(image.pixel(at, i), image.pixel(at - 1, i));
            change += difference(image.pixel(i, at), image.pixel(i, at - 1));
        }
        return change;
    }

    private static double difference(Pixel one, Pixel other) {
        return Math.abs(one.red() - other.red())
                + Math.abs(one.green() - other.green())
                + Math.abs(one.blue() - other.blue());
    }

    private RanWorkflow enlarge(String image, int left, String model, int small, int large, String... options)
            throws IOException {
        Path document = Files.writeString(folder.resolve("enlarged.json"), ENLARGED);
        List<String> arguments = new ArrayList<>(List.of(options));
        for (String input :
                List.of("image=" + image, "left=" + left, "model=" + model, "small=" + small, "large=" + large)) {
            arguments.addAll(List.of("-i", input));
        }
        RanWorkflow ran = RanWorkflow.run(folder, document, arguments.toArray(String[]::new));
        assertThat(ran.exit()).as(ran.err()).isZero();
        return ran;
    }

    @Test
    void a_cascade_keeps_in_1024_pixels_what_the_first_64_show() throws IOException {
        RanWorkflow ran = run("large");
        Readings readings = read(ran.output("small"), ran.output("image"));

        assertThat(ran.image("image").width()).isEqualTo(1024);
        assertThat(readings.of(1)).containsAllEntriesOf(Map.of("species", "panda", "background", "mint"));
        assertThat(shown(readings.of(1))).isEqualTo(shown(readings.of(0)));
    }

    /// Without the colour of what is not worn, of which the classifier says anything.
    private static Map<String, String> shown(Map<String, String> reading) {
        Map<String, String> shown = new HashMap<>(reading);
        for (String worn : List.of("hat", "neckwear")) {
            if (reading.get(worn).equals("none")) {
                shown.remove(worn + "_colour");
            }
        }
        return shown;
    }
}
