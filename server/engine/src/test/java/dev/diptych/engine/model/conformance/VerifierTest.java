// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.model.CaseContext;
import dev.diptych.api.model.CaseFailure;
import dev.diptych.api.model.CaseRunner;
import dev.diptych.api.model.ConformanceCase;
import dev.diptych.api.value.Tensor;
import dev.diptych.engine.model.conformance.Verdict.Result;

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
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.BiFunction;

final class VerifierTest {
    @TempDir private Path root;

    private Path folder;

    @BeforeEach
    void folder() throws IOException {
        folder = Files.createDirectories(root.resolve("group/one"));
    }

    private void writeCase(String json) throws IOException {
        Files.writeString(folder.resolve("case.json"), json);
    }

    /// `json` without its braces, kind and outputs.
    private void writeTest(String json) throws IOException {
        writeCase("{\"format\": 1, \"kind\": \"test\", \"outputs\": \"outputs.safetensors\", " + json + "}");
    }

    private void writeFloats(float... values) throws IOException {
        ByteBuffer data = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        data.asFloatBuffer().put(values);
        writeTensor("F32", values.length, data.array());
    }

    private void writeTensor(String type, int length, byte[] data) throws IOException {
        byte[] header =
                ("{\"y\":{\"dtype\":\"%s\",\"shape\":[%d],\"data_offsets\":[0,%d]}}"
                                .formatted(type, length, data.length))
                        .getBytes(StandardCharsets.US_ASCII);
        ByteBuffer file = ByteBuffer.allocate(8 + header.length + data.length).order(ByteOrder.LITTLE_ENDIAN);
        file.putLong(header.length).put(header).put(data);
        Files.write(folder.resolve("outputs.safetensors"), file.array());
    }

    private Verdict verify(BiFunction<ConformanceCase, CaseContext, Map<String, Tensor>> run) throws IOException {
        CaseRunner runner =
                new CaseRunner() {
                    @Override
                    public boolean runs(ConformanceCase test) {
                        return test.kind().equals("test");
                    }

                    @Override
                    public Map<String, Tensor> run(ConformanceCase test, CaseContext context) {
                        return run.apply(test, context);
                    }
                };
        List<CasePlace> found = CasePlace.find(root);
        assertThat(found).hasSize(1);
        return new Verifier(List.of(runner), PublishedVocabularies.context()).verify(found.getFirst());
    }

    private Verdict verifyFloats(float... actual) throws IOException {
        return verify((_, _) -> Map.of("y", Tensor.ofFloats(actual, actual.length)));
    }

    @Test
    void measures_the_largest_difference_in_the_largest_value() throws IOException {
        writeTest("\"tolerance\": 0.01");
        writeFloats(1, -200, 3);

        assertThat(verifyFloats(2, -200, 3))
                .isEqualTo(
                        new Verdict(
                                "group/one",
                                "test",
                                OptionalDouble.of(0.005),
                                OptionalDouble.of(0.01),
                                Result.PASS,
                                ""));
        Verdict far = verifyFloats(1, -200, 6);
        assertThat(far.result()).isEqualTo(Result.FAIL);
        assertThat(far.reason()).isEqualTo("y differs by 1.50e-02 at [2]: 6.0, the reference has 3.0.");
    }

    @Test
    void measures_absolute_differences_where_the_case_says_so() throws IOException {
        writeTest("\"tolerance\": 0.5, \"tolerance_kind\": \"absolute on [0,1]\"");
        writeFloats(1, 200);

        assertThat(verifyFloats(1.75f, 200).error()).hasValue(0.75);
        assertThat(verifyFloats(1.75f, 200).result()).isEqualTo(Result.FAIL);
        assertThat(verifyFloats(1.25f, 200).result()).isEqualTo(Result.PASS);
    }

    @Test
    void lets_an_output_have_a_tolerance_of_its_own() throws IOException {
        writeTest("\"tolerance\": 0.5, \"tolerances\": {\"y\": 0.001}, \"sensitivity\": 0.0001");
        writeFloats(1);

        Verdict verdict = verifyFloats(1.1f);
        assertThat(verdict.result()).isEqualTo(Result.FAIL);
        assertThat(verdict.tolerance()).hasValue(0.001);
        assertThat(verdict.reason()).endsWith("The reference itself moves by 1.00e-04.");
    }

    @Test
    void asks_whole_numbers_to_be_equal() throws IOException {
        writeTest("\"tolerance\": 0.5");
        writeTensor("I64", 1, ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(49407).array());

        assertThat(verify((_, _) -> Map.of("y", Tensor.ofLongs(new long[] {49407}, 1))).result())
                .isEqualTo(Result.PASS);
        Verdict verdict = verify((_, _) -> Map.of("y", Tensor.ofLongs(new long[] {49406}, 1)));
        assertThat(verdict.result()).isEqualTo(Result.FAIL);
        assertThat(verdict.reason()).contains("49406, the reference has 49407");
    }

    @Test
    void asks_nothing_finer_than_float32_of_what_was_written_in_float64() throws IOException {
        writeTest("\"tolerance\": 1e-9");
        writeTensor("F64", 1, ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putDouble(0.1).array());

        assertThat(verifyFloats(Math.nextUp(0.1f)).result()).isEqualTo(Result.PASS);
        assertThat(verifyFloats(0.1001f).result()).isEqualTo(Result.FAIL);
    }

    @Test
    void fails_an_output_that_is_missing_misshapen_or_no_number() throws IOException {
        writeTest("\"tolerance\": 1");
        writeFloats(1, 2);

        assertThat(verify((_, _) -> Map.of("z", Tensor.ofFloats(new float[] {1}, 1))))
                .returns(Result.FAIL, Verdict::result)
                .returns("The output y is missing.", Verdict::reason);
        assertThat(verifyFloats(1))
                .returns(Result.FAIL, Verdict::result)
                .returns("y has the shape [1], the reference's is [2].", Verdict::reason);
        assertThat(verifyFloats(1, Float.NaN))
                .returns(Result.FAIL, Verdict::result)
                .returns("y is not a number at [1].", Verdict::reason);
        assertThat(verifyFloats(1, Float.POSITIVE_INFINITY).result()).isEqualTo(Result.FAIL);
    }

    @Test
    void fails_a_difference_from_a_reference_of_zeros() throws IOException {
        writeTest("\"tolerance\": 0.1");
        writeFloats(0, 0);

        assertThat(verifyFloats(0, 0).result()).isEqualTo(Result.PASS);
        assertThat(verifyFloats(0, 1e-20f).result()).isEqualTo(Result.FAIL);
    }

    @Test
    void fails_a_broken_case_with_its_reason() throws IOException {
        writeCase("{\"kind\": ");
        assertThat(verifyFloats(1).reason()).startsWith("case.json: Line 1");
        writeCase("[]");
        assertThat(verifyFloats(1).reason()).contains("an object is needed");
        writeCase("{}");
        assertThat(verifyFloats(1).reason()).contains("\"kind\" is missing");
        writeTest("\"tolerance\": 1");
        assertThat(verifyFloats(1).reason()).contains("There is no file outputs.safetensors");
        Files.writeString(folder.resolve("outputs.safetensors"), "not a tensor in it");
        assertThat(verifyFloats(1).result()).isEqualTo(Result.FAIL);
        writeFloats(1);
        writeTest("\"tolerance\": -1");
        assertThat(verifyFloats(1).reason()).contains("\"tolerance\" is -1");
        writeTest("\"tolerance\": 1, \"tolerance_kind\": \"cosine\"");
        assertThat(verifyFloats(1).reason()).contains("cosine");
    }

    @Test
    void fails_a_case_whose_runner_throws_and_says_why() throws IOException {
        writeTest("\"tolerance\": 1");
        writeFloats(1);

        assertThat(
                        verify((_, _) -> {
                            throw new CaseFailure("Step 3 is 12, the reference has 13.");
                        }))
                .returns(Result.FAIL, Verdict::result)
                .returns("Step 3 is 12, the reference has 13.", Verdict::reason);
        assertThat(
                        verify(
                                        (_, _) -> {
                                            throw new IllegalStateException("broken");
                                        })
                                .reason())
                .isEqualTo("IllegalStateException: broken");
        assertThat(
                        verify(
                                        (_, _) -> {
                                            throw new NoClassDefFoundError("gone");
                                        })
                                .result())
                .isEqualTo(Result.FAIL);
    }

    @Test
    void calls_unsupported_what_nobody_runs_or_a_runner_refuses() throws IOException {
        writeTest("\"tolerance\": 1");
        writeFloats(1);
        assertThat(verify((_, context) -> context.model(folder, "UNet2DConditionModel").call(Map.of())))
                .returns(Result.UNSUPPORTED, Verdict::result)
                .satisfies(verdict -> assertThat(verdict.reason()).contains("UNet2DConditionModel"));
        assertThat(
                        verify(
                                        (_, context) -> {
                                            context.vocabulary("clip/none.txt.gz");
                                            return Map.of();
                                        })
                                .reason())
                .contains("none.txt.gz");
        assertThat(
                        verify((_, _) -> {
                            throw NodeException.user("dream/depth", "A dream in a dream is not implemented");
                        }))
                .returns(Result.UNSUPPORTED, Verdict::result)
                .returns("A dream in a dream is not implemented", Verdict::reason);
        assertThat(
                        verify(
                                        (_, _) -> {
                                            throw NodeException.resource("dream/memory", "No memory for it");
                                        })
                                .result())
                .isEqualTo(Result.FAIL);
        writeCase("{\"kind\": \"dream\", \"architecture\": \"Dreamer\"}");
        assertThat(verifyFloats(1))
                .returns(Result.UNSUPPORTED, Verdict::result)
                .returns("No plugin runs cases of the kind dream for Dreamer.", Verdict::reason);
        writeCase("{\"kind\": \"test\", \"format\": 2}");
        assertThat(verifyFloats(1).result()).isEqualTo(Result.UNSUPPORTED);
    }

    @Test
    void refuses_noise_that_is_not_normal() throws IOException {
        writeCase(
                """
                {"kind": "noise", "tolerance": 1e-6, "outputs": "outputs.safetensors",
                 "draws": [{"output": "y", "seed": "1", "shape": [1], "distribution": "uniform"}]}
                """);
        writeFloats(1);
        assertThat(verifyFloats(1))
                .returns(Result.UNSUPPORTED, Verdict::result)
                .satisfies(verdict -> assertThat(verdict.reason()).contains("distribution"));
    }

    @Test
    void a_case_reads_as_plain_java() throws IOException {
        writeTest("\"tolerance\": 1, \"list\": [1, 2.5, null, true, \"x\", 18446744073709551615]");
        writeFloats(1);
        verify((test, _) -> {
            assertThat(test.json().get("list")).hasToString("[1, 2.5, null, true, x, 18446744073709551615]");
            assertThat(test.json()).isUnmodifiable();
            assertThat(test.inputs()).isEmpty();
            assertThat(test.folder()).isEqualTo(folder);
            return test.outputs();
        });
    }

    @Test
    void a_filter_stands_for_one_part_of_a_name_or_for_all_of_it() {
        CasePlace place = new CasePlace("unet/sd-2", Path.of("unet/sd-2"));
        assertThat(List.of("unet", "sd*", "unet/*", "**/sd-2", "*")).allMatch(place::matches);
        assertThat(List.of("vae", "sd", "unet/", "x/*", "u*/sd")).noneMatch(place::matches);
    }
}
