// SPDX-License-Identifier: Apache-2.0

package dev.diptych.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import picocli.CommandLine;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;

/// That the benchmarks run, for their code's sake; what a machine reaches decides nothing here. Of a crash, though, nothing may
/// ever be lost.
class BenchCommandTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @ParameterizedTest
    @ValueSource(
            strings = {
                "graph",
                "http",
                "events",
                "start",
                "png",
                "networks",
                "batching",
                "loading",
                "sampling",
                "soak"
            })
    void a_quick_run_prints_its_figures_as_json(String name) throws IOException {
        assertThat(figures(name))
                .isNotEmpty()
                .allSatisfy(figure -> {
                    assertThat(figure.path("name").asText()).startsWith(name + ": ");
                    assertThat(figure.path("value").isNumber()).isTrue();
                    assertThat(figure.path("unit").isTextual()).isTrue();
                    assertThat(figure.path("met").isBoolean() || figure.path("goal").asText().isEmpty()).isTrue();
                });
    }

    @Test
    void ten_kills_of_server_or_worker_lose_nothing_and_double_nothing() throws IOException {
        List<JsonNode> figures = figures("crash");
        assertThat(figures)
                .filteredOn(figure -> figure.has("met") && !figure.path("met").isNull())
                .hasSize(3)
                .allMatch(figure -> figure.path("met").asBoolean(), "met");
        assertThat(figures.getFirst().path("value").asInt()).isGreaterThan(20);
    }

    @Test
    void an_unknown_benchmark_is_told_with_those_there_are() {
        StringWriter err = new StringWriter();
        int exit = new CommandLine(new BenchCommand()).setErr(new PrintWriter(err, true)).execute("nothing");
        assertThat(exit).isEqualTo(CommandLine.ExitCode.USAGE);
        assertThat(err.toString())
                .contains(
                        "graph, http, events, start, png, crash, networks, batching, loading, sampling, edits, soak and all");
    }

    private static List<JsonNode> figures(String name) throws IOException {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int exit =
                new CommandLine(new BenchCommand())
                        .setOut(new PrintWriter(out, true))
                        .setErr(new PrintWriter(err, true))
                        .execute(name, "--quick", "--json");
        assertThat(exit).as(err.toString()).isZero();
        List<JsonNode> figures = new ArrayList<>();
        for (String line : out.toString().split("\n")) {
            figures.add(JSON.readTree(line));
        }
        return figures;
    }
}
