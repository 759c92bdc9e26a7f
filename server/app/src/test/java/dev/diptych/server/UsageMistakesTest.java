// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diptych.server.config.Configuration;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import picocli.CommandLine;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

class UsageMistakesTest {
    @TempDir private Path folder;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "serve --port -1                    | -1 is outside 0 to 65535.",
                "serve --port 99999                 | 99999 is outside 0 to 65535.",
                "serve --queue 0                    | 0: at least 1 is needed.",
                "serve --max-body 1.5               | \"1.5\" is no whole number.",
                "serve --model-memory -4            | -4: at least 1 is needed.",
                "serve --models /no/such/folder     | there is no folder /no/such/folder.",
                "serve --host http://x/y            | \"http://x/y\" is no name of a host.",
                "serve --origin not-an-origin       | \"not-an-origin\" is no origin.",
                "serve --origin https://x.example/y | Write https://tools.example, without a path.",
                "serve --tls-key /no/such/key.pem   | there is no file /no/such/key.pem.",
                "run x.json --seed abc              | \"abc\" is no seed",
                "run x.json --quality 0             | 0 is outside 1 to 100.",
                "run x.json -n 100000000            | 100000000 is outside 1 to 10000. The results of all are held",
            })
    void a_value_that_cannot_be_is_told_in_one_line_with_what_can(String line, String told) {
        RanCommand ran = RanCommand.of(List.of(line.split(" ")));

        assertThat(ran.exit()).isEqualTo(CommandLine.ExitCode.USAGE);
        assertThat(ran.err())
                .contains("Invalid value for option", told, "See diptych " + line.split(" ")[0] + " --help.");
        assertThat(ran.err().lines()).hasSize(2);
    }

    private String refused(String yaml, Map<String, String> variables, String... arguments) throws IOException {
        Map<String, String> environment = new HashMap<>(variables);
        environment.put("DIPTYCH_CONFIG", Files.writeString(folder.resolve("diptych.yaml"), yaml).toString());
        StringWriter err = new StringWriter();
        int exit =
                Main.commandLine(arguments)
                        .setDefaultValueProvider(new ConfiguredDefaults(Configuration.read(environment)))
                        .setErr(new PrintWriter(err, true))
                        .execute(arguments);
        assertThat(exit).isEqualTo(CommandLine.ExitCode.USAGE);
        return err.toString();
    }

    @Test
    void a_wrong_value_of_the_file_or_of_a_variable_names_its_place() throws IOException {
        assertThat(refused("run: {format: gif}", Map.of(), "run", "x.json"))
                .contains("'gif'", "It comes from the key run.format of " + folder.resolve("diptych.yaml") + ".");
        assertThat(refused("serve: {port: 1}", Map.of("DIPTYCH_SERVE_PORT", "abc"), "serve"))
                .contains("\"abc\" is no whole number.", "It comes from the variable DIPTYCH_SERVE_PORT.");
        assertThat(refused("serve.no-worker: perhaps", Map.of(), "serve"))
                .contains("perhaps", "It comes from the key serve.no-worker of ");
        assertThat(refused("models: /no/such/folder", Map.of(), "model", "list"))
                .contains("/no/such/folder", "It comes from the key models of ");
    }

    @Test
    void a_wrong_value_of_the_line_is_not_blamed_on_the_file() throws IOException {
        assertThat(refused("serve: {port: 1}", Map.of(), "serve", "--port", "abc")).doesNotContain("It comes from");
        assertThat(refused("serve: {port: 1}", Map.of(), "serve", "--port=abc")).doesNotContain("It comes from");
    }
}
