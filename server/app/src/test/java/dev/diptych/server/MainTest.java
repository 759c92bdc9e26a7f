// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import picocli.CommandLine;

import java.io.PrintWriter;
import java.io.StringWriter;

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

    private int run(String... arguments) {
        return Main.commandLine(arguments)
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(arguments);
    }
}
