// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.diptych.api.value.Seed;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import picocli.CommandLine;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

final class VerifyCommandTest {
    @TempDir private Path folder;

    @TempDir private Path data;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @BeforeEach
    void cases() throws IOException {
        writeNoise("noise/first", "18446744073709551615", new Seed(-1).generator().normal(20).floats());
        writeNoise("noise/deeper/second", "3", new float[20]);
        Path dream = Files.createDirectories(folder.resolve("dream"));
        Files.writeString(dream.resolve("case.json"), "{\"kind\": \"dream\"}");
        Path broken = Files.createDirectories(folder.resolve("broken\tname"));
        Files.writeString(broken.resolve("case.json"), "{");
    }

    private void writeNoise(String name, String seed, float[] expected) throws IOException {
        Path place = Files.createDirectories(folder.resolve(name));
        Files.writeString(
                place.resolve("case.json"),
                """
                {"format": 1, "kind": "noise", "tolerance": 1e-6, "outputs": "outputs.safetensors",
                 "draws": [{"output": "y", "seed": "%s", "shape": [20]}]}
                """
                        .formatted(seed));
        byte[] header =
                "{\"y\":{\"dtype\":\"F32\",\"shape\":[20],\"data_offsets\":[0,80]}}"
                        .getBytes(StandardCharsets.US_ASCII);
        ByteBuffer file = ByteBuffer.allocate(8 + header.length + 80).order(ByteOrder.LITTLE_ENDIAN);
        file.putLong(header.length).put(header);
        for (float value : expected) {
            file.putFloat(value);
        }
        Files.write(place.resolve("outputs.safetensors"), file.array());
    }

    private int verify(String... options) {
        List<String> arguments = new ArrayList<>(List.of("verify", folder.toString(), "--data", data.toString()));
        arguments.addAll(List.of(options));
        return Main.commandLine(arguments.toArray(String[]::new))
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(arguments.toArray(String[]::new));
    }

    @Test
    void prints_a_line_for_each_case_and_fails_unless_all_pass() {
        assertThat(verify()).isEqualTo(1);

        List<String> lines = out.toString().lines().toList();
        assertThat(lines).hasSize(5);
        assertThat(lines).allMatch(line -> line.equals(lines.getLast()) || line.split("\t", -1).length == 6);
        assertThat(lines.get(0)).startsWith("broken name\t\t-\t-\tfail\tcase.json: ");
        assertThat(lines.get(1)).isEqualTo("dream\tdream\t-\t-\tunsupported\tNo plugin runs cases of the kind dream.");
        assertThat(lines.get(2)).startsWith("noise/deeper/second\tnoise\tInfinity\t1.00e-06\tfail\ty differs by ");
        assertThat(lines.get(3)).isEqualTo("noise/first\tnoise\t0\t1.00e-06\tpass\t");
        assertThat(lines.get(4)).isEqualTo("1 of 4 cases pass, 2 fail, 1 are unsupported.");
    }

    @Test
    void chooses_cases_by_a_glob() {
        assertThat(verify("--filter", "first")).isZero();
        assertThat(out.toString()).contains("1 of 1 cases pass");
        assertThat(verify("--filter", "noise/**")).isEqualTo(1);
        assertThat(out.toString()).contains("1 of 2 cases pass");
        assertThat(verify("--filter", "nothing*")).isEqualTo(CommandLine.ExitCode.USAGE);
        assertThat(err.toString()).contains("nothing*");
        assertThat(verify("--filter", "[")).isEqualTo(CommandLine.ExitCode.USAGE);
    }

    @Test
    void prints_objects_and_nothing_else_when_asked_for_json() throws IOException {
        assertThat(verify("--json", "--filter", "noise")).isEqualTo(1);

        List<String> lines = out.toString().lines().toList();
        assertThat(lines).hasSize(2);
        JsonNode failed = new ObjectMapper().readTree(lines.get(0));
        assertThat(failed.path("name").textValue()).isEqualTo("noise/deeper/second");
        assertThat(failed.path("result").textValue()).isEqualTo("fail");
        assertThat(failed.has("error")).isFalse();
        JsonNode passed = new ObjectMapper().readTree(lines.get(1));
        assertThat(passed.path("error").doubleValue()).isZero();
        assertThat(passed.path("tolerance").doubleValue()).isEqualTo(1e-6);
        assertThat(err.toString()).contains("1 of 2 cases pass");
    }

    @Test
    void says_when_there_is_nothing_to_verify() throws IOException {
        Path empty = Files.createDirectories(data.resolve("empty"));
        String[] arguments = {"verify", empty.toString(), "--data", data.toString()};
        int code = Main.commandLine(arguments).setErr(new PrintWriter(err, true)).execute(arguments);
        assertThat(code).isEqualTo(CommandLine.ExitCode.USAGE);
        assertThat(err.toString()).contains("No case lies below");
    }
}
