// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.diptych.api.value.Image;
import dev.diptych.api.value.Pixel;
import dev.diptych.engine.value.PngWriter;
import dev.diptych.server.config.ServerSettings;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

class RunCommandTest {
    private static final String DOCUMENT =
            """
            { "diptych": 1, "name": "noise",
              "inputs": {
                "seed": {"type": "seed", "default": 7},
                "text": {"type": "text", "default": "a"},
                "size": {"type": "integer", "default": 16, "min": 8, "max": 64},
                "image": {"type": "image", "default": "asset:image/none.png"} },
              "nodes": {
                "grey": {"type": "image/filled", "version": 1, "in": {"width": {"input": "size"}, "height": {"value": 16}, "color": {"value": "#808080"}}},
                "noise": {"type": "image/noise", "version": 1, "in": {"image": {"node": "grey", "out": "image"}, "seed": {"input": "seed"}}},
                "flip": {"type": "image/flip", "version": 1, "in": {"image": {"input": "image"}}},
                "count": {"type": "test/count", "version": 1, "in": {"file": {"value": "CALLS"}, "text": {"input": "text"}}} },
              "outputs": {
                "noise": {"node": "noise", "out": "image"}, "flip": {"node": "flip", "out": "image"}, "text": {"node": "count", "out": "text"}} }
            """;

    @TempDir private Path folder;

    private Path calls;
    private Path document;
    private String err = "";

    @BeforeEach
    void install() throws IOException {
        TestPlugin.install(TestServer.places(folder.resolve("data")));
        calls = folder.resolve("calls");
        document = Files.writeString(folder.resolve("noise.json"), DOCUMENT.replace("CALLS", calls.toString()));
    }

    /// @return what is printed, which must be one object
    private JsonNode run(int exit, String... more) throws IOException {
        List<String> arguments =
                new ArrayList<>(
                        List.of("run", document.toString(), "--data", folder.resolve("data").toString(), "--json"));
        arguments.addAll(List.of(more));
        RanCommand ran = RanCommand.of(arguments);
        err = ran.err();
        assertThat(ran.exit()).as(err).isEqualTo(exit);
        return new ObjectMapper().readTree(ran.out());
    }

    private Path out(String name) {
        return folder.resolve(name);
    }

    private static Map<String, byte[]> pictures(Path out) throws IOException {
        Map<String, byte[]> pictures = new TreeMap<>();
        try (Stream<Path> files = Files.list(out)) {
            for (Path file : files.toList()) {
                pictures.put(file.getFileName().toString(), Files.readAllBytes(file));
            }
        }
        return pictures;
    }

    @Test
    void counts_seeds_from_the_first_and_writes_a_file_for_each() throws IOException {
        JsonNode three =
                run(
                        0,
                        "--only",
                        "noise",
                        "-n",
                        "3",
                        "--seed",
                        "18446744073709551614",
                        "--out",
                        out("three").toString());
        assertThat(three.path("status").asText()).isEqualTo("succeeded");
        assertThat(three.path("outputs").path("noise")).hasSize(3);
        Map<String, byte[]> pictures = pictures(out("three"));
        assertThat(pictures).hasSize(3);
        assertThat(pictures.values().stream().map(Arrays::hashCode).distinct()).hasSize(3);

        run(0, "--only", "noise", "--seed", "0", "--out", out("one").toString());
        byte[] third = pictures.values().stream().toList().get(2);
        assertThat(pictures(out("one")).values()).singleElement().isEqualTo(third);
    }

    @Test
    void a_picture_of_more_pixels_than_allowed_is_refused() throws IOException {
        Path picture = folder.resolve("picture.png");
        Files.write(picture, PngWriter.write(Image.filled(1200, 1000, new Pixel(0, 0, 0, 1))));
        String[] options = {
            "--only", "flip", "-i", "image=@" + picture, "--out", out("large").toString(), "--max-pixels", "1"
        };
        assertThat(run(1, options).toString()).contains("1200 x 1000 pixels, at most 1 million");
        options[options.length - 1] = "2";
        run(0, options);
    }

    @Test
    void a_result_comes_from_the_cache_of_the_data_folder_unless_it_must_not() throws IOException {
        String out = out("text").toString();
        run(0, "--only", "text", "--out", out);
        run(0, "--only", "text", "--out", out);
        assertThat(Files.readString(calls)).isEqualTo("a\n");
        run(0, "--only", "text", "--out", out, "--no-cache");
        assertThat(Files.readString(calls)).isEqualTo("a\na\n");
        run(0, "--only", "text", "--out", out, "-i", "text=b");
        assertThat(Files.readString(calls)).isEqualTo("a\na\nb\n");
        assertThat(err).contains("text changed from");
        assertThat(folder.resolve("data/diptych.db")).as("the queue").doesNotExist();
    }

    @Test
    void it_runs_beside_a_server_on_the_same_data_folder_and_leaves_its_jobs_alone() throws IOException {
        try (TestServer diptych = TestServer.withoutWorker(folder.resolve("data"), usual())) {
            String waiting = diptych.submitNode("test/wait", "");
            run(0, "--only", "text", "--out", out("beside").toString());
            assertThat(diptych.get("/api/v1/jobs/" + waiting).json().path("state").asText()).isEqualTo("queued");
            assertThat(diptych.get("/api/v1/jobs").json().path("jobs")).hasSize(1);
        }
    }

    private static ServerSettings usual() {
        return ServerSettings.usual(0);
    }

    @Test
    void a_picture_of_ones_own_comes_in_by_its_file() throws IOException {
        run(0, "--only", "noise", "--out", out("own").toString());
        String file = pictures(out("own")).keySet().iterator().next();
        JsonNode ran =
                run(
                        0,
                        "--only",
                        "flip",
                        "-i",
                        "image=@" + out("own").resolve(file),
                        "--out",
                        out("flipped").toString());
        assertThat(ran.path("outputs").path("flip").asText()).contains("flipped");
        assertThat(pictures(out("flipped"))).hasSize(1);
    }

    @Test
    void problems_of_inputs_and_graph_are_told_together() throws IOException {
        Files.writeString(
                document,
                Files.readString(document).replace("\"height\": {\"value\": 16}", "\"height\": {\"value\": 0}"));
        assertThat(told(run(1, "-i", "size=99", "--only", "nothing")))
                .hasSize(3)
                .anySatisfy(text -> assertThat(text).contains("99 is outside 8 … 64"))
                .contains("The workflow has no such output.")
                .anySatisfy(text -> assertThat(text).contains("0 is outside"));
        RanCommand ran = plain("-i", "size=99", "--only", "nothing");
        assertThat(ran.err()).contains("3 problems", "99 is outside 8 … 64", "\"nothing\"", "\"height\": 0 is outside");
        assertThat(ran.out()).isEmpty();
    }

    /// Without `--json`.
    private RanCommand plain(String... more) {
        List<String> arguments =
                new ArrayList<>(List.of("run", document.toString(), "--data", folder.resolve("data").toString()));
        arguments.addAll(List.of(more));
        return RanCommand.of(arguments);
    }

    private static List<String> told(JsonNode report) {
        assertThat(report.path("status").asText()).isEqualTo("failed");
        assertThat(report.path("outputs")).isEmpty();
        List<String> messages = new ArrayList<>();
        report.path("problems").forEach(problem -> messages.add(problem.path("message").asText()));
        return messages;
    }

    @Test
    void what_is_refused_is_an_object_too() throws IOException {
        assertThat(told(run(1, "-i", "size=many"))).containsExactly("-i size: integer is needed, not \"many\".");
        assertThat(told(run(1, "--embed-workflow", "--format", "jpeg")))
                .singleElement()
                .asString()
                .contains("--embed-workflow is for PNG");
        Files.writeString(document, "{");
        assertThat(told(run(1))).containsExactly("Line 1, column 2: the JSON ends in the middle.");
        Files.delete(document);
        assertThat(told(run(1))).containsExactly("There is no file " + document + ".");
        Files.createDirectory(document);
        assertThat(told(run(1))).singleElement().asString().contains(document + " is a folder");
    }

    @Test
    void a_node_that_nobody_knows_is_told_once() throws IOException {
        Files.writeString(document, Files.readString(document).replace("image/noise", "image/nose"));

        assertThat(plain("--only", "noise").err()).containsOnlyOnce("image/nose").contains("1 problem");
    }

    @Test
    void a_folder_that_cannot_be_one_is_told_before_anything_is_computed() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "");

        assertThat(told(run(1, "--only", "text", "--out", file.toString())))
                .containsExactly(
                        file + " is no folder, so the results cannot be written there. Name another with --out.");
        assertThat(calls).doesNotExist();
        assertThat(ranWithData(file).err()).startsWith(file + " is no folder").contains("--data");
        Path below = file.resolve("data");
        assertThat(ranWithData(below).err()).startsWith("The folder " + below + " cannot be made").contains("--data");
    }

    private RanCommand ranWithData(Path data) {
        return RanCommand.of(List.of("run", document.toString(), "--data", data.toString()));
    }

    @Test
    void a_jpeg_is_as_good_as_it_is_asked_for() throws IOException {
        long bad = jpegBytes("bad", "--quality", "5");
        long usual = jpegBytes("usual");
        long good = jpegBytes("good", "--quality", "100");

        assertThat(bad).isLessThan(usual);
        assertThat(usual).isLessThan(good);
        assertThat(jpegBytes("same", "--quality", "92")).isEqualTo(usual);
    }

    private long jpegBytes(String out, String... more) throws IOException {
        List<String> arguments =
                new ArrayList<>(List.of("--only", "noise", "--format", "jpeg", "--out", out(out).toString()));
        arguments.addAll(List.of(more));
        run(0, arguments.toArray(String[]::new));
        return Files.size(out(out).resolve("noise.jpg"));
    }
}
