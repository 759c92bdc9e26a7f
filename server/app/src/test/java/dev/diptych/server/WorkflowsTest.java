// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;

import dev.diptych.api.value.Image;
import dev.diptych.api.value.Pixel;
import dev.diptych.engine.value.PngWriter;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;

/// Each document in `workflows/` runs with its defaults, and does what its title says.
class WorkflowsTest {
    private static final Path CHECKOUT = Path.of("../..").toAbsolutePath().normalize();
    private static final Path WORKFLOWS = CHECKOUT.resolve("workflows");

    @TempDir private Path folder;

    @BeforeAll
    static void plugins_come_from_the_checkout() {
        System.setProperty("diptych.home", CHECKOUT.toString());
    }

    static Stream<Path> documents() throws IOException {
        try (Stream<Path> files = Files.list(WORKFLOWS)) {
            return files.filter(file -> file.toString().endsWith(".json")).sorted().toList().stream();
        }
    }

    /// Sweeps with fewer stops than their defaults, which take minutes.
    private static final Map<String, String> SHORTER =
            Map.of(
                    "sweep-steps.json",
                    "steps=[2, 5, 10]",
                    "sweep-guidance.json",
                    "scales=[1, 3]",
                    "clip-guidance.json",
                    "scales=[0, 20]",
                    "interpolation.json",
                    "t=[0, 0.5, 1]");

    @ParameterizedTest
    @MethodSource("documents")
    void runs_with_its_defaults(Path document) throws IOException {
        String shorter = SHORTER.get(document.getFileName().toString());
        RanWorkflow outcome = shorter == null ? run(document) : run(document, "-i", shorter);

        assertThat(outcome.err()).doesNotContain("problem");
        assertThat(outcome.exit()).isZero();
        assertThat(outcome.json().path("status").textValue()).isEqualTo("succeeded");
        assertThat(outcome.json().path("outputs")).isNotEmpty();
    }

    @Test
    void a_masked_composite_changes_the_middle_and_nothing_outside_the_mask() throws IOException {
        Image changed = image(run(WORKFLOWS.resolve("masked-composite.json")), "image");
        Image untouched = image(run(WORKFLOWS.resolve("masked-composite.json"), "-i", "size=0"), "image");

        assertThat(changed.pixel(128, 120)).isNotEqualTo(untouched.pixel(128, 120));
        for (int i = 0; i < 256; i++) {
            assertThat(changed.pixel(i, 0)).isEqualTo(untouched.pixel(i, 0));
            assertThat(changed.pixel(0, i)).isEqualTo(untouched.pixel(0, i));
        }
    }

    @Test
    void a_watermark_is_written_into_a_corner_of_each_picture_and_nowhere_else() throws IOException {
        Path own = png("own.png", 0x336699);
        Path document = WORKFLOWS.resolve("watermark-batch.json");
        String[] pictures = {"-i", "pictures=@" + own, "-i", "pictures=asset:portraits/fox.png"};
        JsonNode marked = run(document, pictures).output("images");
        JsonNode plain =
                run(document, pictures[0], pictures[1], pictures[2], pictures[3], "-i", "opacity=0").output("images");

        assertThat(marked).hasSize(2);
        for (int i = 0; i < 2; i++) {
            Image with = read(marked.get(i));
            Image without = read(plain.get(i));
            int lighter = 0;
            for (int y = 0; y < with.height(); y++) {
                for (int x = 0; x < with.width(); x++) {
                    if (x < with.width() / 2 || y < with.height() * 3 / 4) {
                        assertThat(with.pixel(x, y)).isEqualTo(without.pixel(x, y));
                    }
                    lighter += with.pixel(x, y).luminance() > without.pixel(x, y).luminance() ? 1 : 0;
                }
            }
            assertThat(lighter).isGreaterThan(50);
        }
    }

    /// A picture of a user's own, 200 x 160 pixels of one colour.
    private Path png(String name, int rgb) throws IOException {
        Path file = folder.resolve(name);
        Pixel color = new Pixel((rgb >> 16) / 255.0, (rgb >> 8 & 255) / 255.0, (rgb & 255) / 255.0);
        Files.write(file, PngWriter.write(Image.filled(200, 160, color)));
        return file;
    }

    @Test
    void before_and_after_measure_no_difference_when_nothing_was_adjusted() throws IOException {
        JsonNode same = run(WORKFLOWS.resolve("before-after.json"), "-i", "contrast=1").json().path("outputs");
        JsonNode other = run(WORKFLOWS.resolve("before-after.json")).json().path("outputs");

        assertThat(same.path("psnr").doubleValue()).isEqualTo(100);
        assertThat(same.path("ssim").doubleValue()).isEqualTo(1);
        assertThat(other.path("psnr").doubleValue()).isBetween(10.0, 40.0);
        assertThat(other.path("ssim").doubleValue()).isLessThan(1);
    }

    @Test
    void a_contact_sheet_holds_each_picture_in_its_cell() throws IOException {
        Path document = WORKFLOWS.resolve("contact-sheet.json");
        assertThat(image(run(document), "sheet").width()).isEqualTo(3 * 200 + 8);

        RanWorkflow two =
                run(
                        document,
                        "-i",
                        "pictures=@" + png("red.png", 0xcc2222),
                        "-i",
                        "pictures=@" + png("blue.png", 0x2222cc),
                        "-i",
                        "captions=[\"red\", \"blue\"]");
        Image sheet = image(two, "sheet");

        assertThat(sheet.width()).isEqualTo(2 * 200 + 8);
        assertThat(sheet.pixel(104, 104)).isEqualTo(new Pixel(0xcc / 255.0, 0x22 / 255.0, 0x22 / 255.0));
        assertThat(sheet.pixel(304, 104)).isEqualTo(new Pixel(0x22 / 255.0, 0x22 / 255.0, 0xcc / 255.0));
    }

    @Test
    void a_retouch_warms_its_square_and_leaves_every_bit_outside() throws IOException {
        Image original = image(run(WORKFLOWS.resolve("retouch.json"), "-i", "warmth=0"), "image");
        Image retouched = image(run(WORKFLOWS.resolve("retouch.json")), "image");

        for (int y = 0; y < original.height(); y++) {
            for (int x = 0; x < original.width(); x++) {
                if (x < 64 || x >= 192 || y < 72 || y >= 200) {
                    assertThat(retouched.pixel(x, y)).isEqualTo(original.pixel(x, y));
                }
            }
        }
        Pixel before = original.pixel(128, 120);
        Pixel after = retouched.pixel(128, 120);
        assertThat(after.red() - after.blue()).isGreaterThan(before.red() - before.blue() + 0.1);
    }

    @Test
    void one_colour_stays_and_the_rest_turns_grey() throws IOException {
        Image image = image(run(WORKFLOWS.resolve("selective-colour.json")), "image");
        Image all = image(run(WORKFLOWS.resolve("selective-colour.json"), "-i", "tolerance=1"), "image");

        assertThat(saturation(image.pixel(110, 220))).isGreaterThan(0.6);
        assertThat(saturation(image.pixel(200, 60))).isLessThan(0.02);
        assertThat(saturation(all.pixel(200, 60))).isGreaterThan(0.15);
    }

    @Test
    void a_picture_drowns_sooner_with_the_linear_schedule_than_with_the_cosine_one() throws IOException {
        RanWorkflow outcome = run(WORKFLOWS.resolve("forward-diffusion.json"));

        JsonNode linear = outcome.output("linearSignal");
        JsonNode cosine = outcome.output("cosineSignal");
        assertThat(linear).hasSize(6);
        assertThat(cosine).hasSize(6);
        for (int i = 1; i < 5; i++) {
            assertThat(linear.get(i).doubleValue()).isLessThan(cosine.get(i).doubleValue());
            assertThat(cosine.get(i).doubleValue()).isLessThan(cosine.get(i - 1).doubleValue());
        }
        assertThat(image(outcome, "linear")).isNotEqualTo(image(outcome, "cosine"));
    }

    @Test
    void a_picture_holds_its_workflow_only_when_asked_and_never_its_inputs() throws IOException {
        Path document = WORKFLOWS.resolve("contact-sheet.json");
        String plain = latin(run(document, "-i", "captions=[\"123456\"]"));
        String embedded = latin(run(document, "-i", "captions=[\"123456\"]", "--embed-workflow"));

        assertThat(plain).doesNotContain("contact-sheet");
        assertThat(embedded).contains("\"name\":\"contact-sheet\"").doesNotContain("123456", "panda.png");
    }

    private static String latin(RanWorkflow outcome) throws IOException {
        Path file = Path.of(outcome.json().path("outputs").path("sheet").textValue());
        return new String(Files.readAllBytes(file), java.nio.charset.StandardCharsets.ISO_8859_1);
    }

    @Test
    void pictures_are_written_as_jpeg_when_asked() throws IOException {
        JsonNode file =
                run(WORKFLOWS.resolve("contact-sheet.json"), "--format", "jpeg").json().path("outputs").path("sheet");

        assertThat(file.textValue()).endsWith(".jpg");
        assertThat(read(file).width()).isEqualTo(608);
    }

    @Test
    void a_second_run_takes_everything_from_the_cache() throws IOException {
        Path document = WORKFLOWS.resolve("masked-composite.json");
        run(document);

        assertThat(run(document).err().lines().filter(line -> line.contains("succeeded")))
                .hasSize(3)
                .allSatisfy(line -> assertThat(line).endsWith("from the cache"));
        assertThat(run(document, "-i", "size=0.6").err())
                .contains("width changed from 0.5 to 0.6")
                .contains("above (image/hue) succeeded from the cache");
    }

    @Test
    void a_document_with_mistakes_is_told_all_of_them_and_nothing_runs() throws IOException {
        Path document =
                Files.writeString(
                        folder.resolve("bad.json"),
                        """
                        {"diptych": 1, "name": "bad", "inputs": {}, "nodes": {
                          "a": {"type": "image/filled", "version": 1, "in": {"width": {"value": 0}}},
                          "b": {"type": "image/flipp", "version": 1, "in": {}},
                          "c": {"type": "image/flip", "version": 1, "in": {"image": {"node": "nowhere", "out": "image"}}}},
                         "outputs": {"a": {"node": "a", "out": "image"}, "b": {"node": "b", "out": "image"}, "c": {"node": "c", "out": "image"}}}
                        """);

        RanWorkflow outcome = run(document);

        assertThat(outcome.exit()).isEqualTo(1);
        assertThat(outcome.json().path("problems")).hasSize(3);
        assertThat(outcome.json().path("problems").toString()).contains("width", "image/flipp", "nowhere");
    }

    private RanWorkflow run(Path document, String... more) throws IOException {
        return RanWorkflow.run(folder, document, more);
    }

    private static Image image(RanWorkflow outcome, String output) throws IOException {
        return outcome.image(output);
    }

    private static Image read(JsonNode file) throws IOException {
        return RanWorkflow.read(file);
    }

    private static double saturation(Pixel pixel) {
        double max = Math.max(pixel.red(), Math.max(pixel.green(), pixel.blue()));
        return max - Math.min(pixel.red(), Math.min(pixel.green(), pixel.blue()));
    }
}
