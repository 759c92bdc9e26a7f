// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import picocli.CommandLine;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

class RunAfterwordTest {
    private static final Path CHECKOUT = Path.of("../..").toAbsolutePath().normalize();
    private static final String DOCUMENT =
            """
            { "diptych": 1, "name": "read", "title": "Read",
              "inputs": {
                "image": {"type": "image", "default": "asset:portraits/lion.png"},
                "size": {"type": "integer", "default": 96, "min": 8, "max": 512},
                "seed": {"type": "seed", "default": 7},
                "word": {"type": "text", "default": "two words"},
                "name": {"type": "text", "default": "@me"},
                "others": {"type": {"list": "image"}, "default": []},
                "model": {"type": "model", "default": "portraits/attributes"} },
              "nodes": {
                "small": {"type": "image/resize", "version": 1, "in": {"image": {"input": "image"}, "width": {"input": "size"}, "height": {"input": "size"}}},
                "read": {"type": "portraits/read-attributes", "version": 1, "in": {"model": {"input": "model"}, "image": {"node": "small", "out": "image"}}} },
              "outputs": {"text": {"node": "read", "out": "text"}} }
            """;

    @TempDir private Path folder;

    @BeforeAll
    static void plugins_come_from_the_checkout() {
        System.setProperty("diptych.home", CHECKOUT.toString());
    }

    private String errorsOfRun(String... more) throws IOException {
        Path document = Files.writeString(folder.resolve("read.json"), DOCUMENT);
        List<String> arguments =
                new ArrayList<>(
                        List.of(
                                "run",
                                document.toString(),
                                "--data",
                                folder.resolve("data").toString(),
                                "--out",
                                folder.resolve("out").toString()));
        arguments.addAll(List.of(more));
        StringWriter err = new StringWriter();
        CommandLine line = Main.commandLine(arguments.toArray(String[]::new));
        line.setOut(new PrintWriter(new StringWriter(), true));
        line.setErr(new PrintWriter(err, true));
        assertThat(line.execute(arguments.toArray(String[]::new))).as(err.toString()).isZero();
        return err.toString();
    }

    @Test
    void a_run_ends_with_what_may_be_turned_and_the_values_it_had() throws IOException {
        assertThat(errorsOfRun("-i", "size=64", "--seed", "11"))
                .contains(
                        "Try next:",
                        "-i image=@FILE",
                        "-i size=64   (8 to 512)",
                        "-i seed=11",
                        "-i word='two words'",
                        "-i name=@@me",
                        "-i others=@FILE   (repeated for more)")
                .doesNotContain("cartoon");
    }

    @Test
    void a_picture_of_ones_own_is_told_what_the_model_knows() throws IOException {
        Path own = CHECKOUT.resolve("plugins/portraits/src/main/resources/assets/cat.png");

        assertThat(errorsOfRun("-i", "image=@" + own))
                .contains(
                        "portraits/attributes: Reads the attributes of drawn cartoon portraits", "-i model=owner/name");
    }

    @Test
    void json_for_programs_has_no_afterword() throws IOException {
        assertThat(errorsOfRun("--json")).doesNotContain("Try next");
    }
}
