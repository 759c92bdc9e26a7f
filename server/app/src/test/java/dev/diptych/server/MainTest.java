// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import picocli.CommandLine;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

class MainTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @Test
    void version_names_the_version_that_the_build_wrote() {
        assertThat(run("--version")).isZero();
        assertThat(out.toString()).matches("(?s)diptych \\d+\\.\\d+\\.\\d+\\S*\\R.*Java 25.*");
    }

    @Test
    void an_unknown_command_is_named_and_the_nearest_one_offered() {
        assertThat(run("srve")).isEqualTo(CommandLine.ExitCode.USAGE);
        assertThat(err.toString()).contains("srve").contains("diptych serve");
    }

    @Test
    void no_command_at_all_is_a_usage_error() {
        assertThat(run()).isEqualTo(CommandLine.ExitCode.USAGE);
        assertThat(err.toString()).contains("Which command?");
    }

    @Test
    void every_command_says_what_it_does_when_asked_for_help() {
        List<List<String>> commands = commands(Main.commandLine(), List.of());

        assertThat(commands).contains(List.of("serve"), List.of("job", "list"), List.of("model", "add"));
        for (List<String> command : commands) {
            RanCommand ran = RanCommand.of(Stream.concat(command.stream(), Stream.of("--help")).toList());
            assertThat(ran.exit()).as("%s: %s", command, ran.err()).isZero();
            assertThat(ran.out()).contains("Usage: diptych " + String.join(" ", command));
        }
    }

    private static List<List<String>> commands(CommandLine line, List<String> names) {
        List<List<String>> all = new ArrayList<>(List.of(names));
        line.getSubcommands()
                .forEach((name, inner) ->
                        all.addAll(commands(inner, Stream.concat(names.stream(), Stream.of(name)).toList())));
        return all;
    }

    private int run(String... arguments) {
        return Main.commandLine(arguments)
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(arguments);
    }
}
