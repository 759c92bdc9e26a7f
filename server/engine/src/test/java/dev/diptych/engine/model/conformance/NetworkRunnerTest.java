// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diptych.engine.device.DeviceSettings;
import dev.diptych.engine.device.Devices;
import dev.diptych.engine.device.TestNetwork;
import dev.diptych.engine.model.Architectures;
import dev.diptych.engine.model.StandaloneScope;
import dev.diptych.engine.model.conformance.Verdict.Result;
import dev.diptych.engine.model.tokenizer.TokenizerFiles;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.StringJoiner;
import java.util.concurrent.atomic.AtomicInteger;

/// On a network whose function `square` takes `sample` and gives three times its square.
final class NetworkRunnerTest {
    private static final int ELEMENTS = 16;

    @TempDir private Path folder;

    @BeforeEach
    void write_a_case() throws IOException {
        Files.writeString(
                folder.resolve("case.json"),
                """
                {"kind": "network", "architecture": "TestNetwork", "tolerance": 1e-4, "inputs": "inputs.safetensors",
                 "outputs": "outputs.safetensors"}
                """);
    }

    /// Each of the shape (1, 4, 2, 2), filled with one value.
    private void write(String file, float value, String... names) throws IOException {
        StringJoiner header = new StringJoiner(",", "{", "}");
        int bytes = Float.BYTES * ELEMENTS;
        for (int i = 0; i < names.length; i++) {
            header.add(
                    "\"%s\":{\"dtype\":\"F32\",\"shape\":[1,4,2,2],\"data_offsets\":[%d,%d]}"
                            .formatted(names[i], i * bytes, (i + 1) * bytes));
        }
        byte[] json = header.toString().getBytes(StandardCharsets.US_ASCII);
        ByteBuffer buffer =
                ByteBuffer.allocate(Long.BYTES + json.length + names.length * bytes).order(ByteOrder.LITTLE_ENDIAN);
        buffer.putLong(json.length).put(json);
        while (buffer.hasRemaining()) {
            buffer.putFloat(value);
        }
        Files.write(folder.resolve(file), buffer.array());
    }

    private Verdict verify() {
        AtomicInteger open = new AtomicInteger();
        Architectures architectures = new Architectures(List.of(new TestNetwork()));
        try (Devices devices = new Devices(architectures, DeviceSettings.usual().withThreads(1));
                StandaloneScope scope = new StandaloneScope("ann")) {
            SuppliedContext context =
                    new SuppliedContext(
                            (_, _) -> devices.model(TestNetwork.source("a", 1, open), scope),
                            SuppliedContext.noNodes(),
                            new TokenizerFiles(),
                            PublishedVocabularies::find);
            return new Verifier(List.of(), context).verify(new CasePlace("one", folder));
        }
    }

    @Test
    void an_input_that_no_function_takes_is_named_where_the_outputs_differ() throws IOException {
        write("inputs.safetensors", 2, "sample", "residual");
        write("outputs.safetensors", 14, "square");

        assertThat(verify())
                .returns(Result.UNSUPPORTED, Verdict::result)
                .satisfies(verdict ->
                        assertThat(verdict.reason())
                                .contains("the input residual.")
                                .contains("square differs by 1.43e-01"));
    }

    @Test
    void an_input_that_no_function_takes_is_let_pass_where_it_changes_nothing() throws IOException {
        write("inputs.safetensors", 2, "sample", "residual");
        write("outputs.safetensors", 12, "square");

        assertThat(verify().result()).isEqualTo(Result.PASS);
    }

    @Test
    void outputs_that_differ_though_all_inputs_are_taken_fail() throws IOException {
        write("inputs.safetensors", 2, "sample");
        write("outputs.safetensors", 14, "square");

        assertThat(verify().result()).isEqualTo(Result.FAIL);
    }
}
