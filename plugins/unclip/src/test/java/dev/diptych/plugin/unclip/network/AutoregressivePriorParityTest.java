// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.unclip.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.model.Config;
import dev.diptych.api.model.Model;
import dev.diptych.api.value.Tensor;
import dev.diptych.engine.model.Architectures;
import dev.diptych.testkit.NetworkParity;

import org.junit.jupiter.api.Test;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

class AutoregressivePriorParityTest {
    private static final Path CASE = Path.of("src/test/resources/network/autoregressive-prior");
    private static final Set<String> TOLD = Set.of("encoder_hidden_states", "attention_mask", "proj_embedding", "dot");

    @Test
    void predicts_all_codes_at_once_as_the_recipe() {
        NetworkParity.check(
                CASE,
                (model, inputs) -> {
                    Map<String, Tensor> outputs = new HashMap<>(throughCodes(model, inputs));
                    outputs.put("logits", allAtOnce(model, inputs));
                    return outputs;
                },
                new AutoregressiveArchitecture());
    }

    @Test
    void predicts_code_after_code_as_the_recipe() {
        NetworkParity.check(
                CASE,
                (model, inputs) -> {
                    Map<String, Tensor> outputs = new HashMap<>(throughCodes(model, inputs));
                    outputs.put("logits", stepByStep(model, inputs));
                    return outputs;
                },
                new AutoregressiveArchitecture());
    }

    @Test
    void a_code_depends_on_those_before_it_only() {
        NetworkParity.check(
                CASE,
                (model, inputs) -> {
                    Map<String, Tensor> changed = new HashMap<>(inputs);
                    Tensor codes = given(inputs, "codes");
                    long[] others = codes.longs().clone();
                    int dimensions = codes.size(1);
                    others[2] = (others[2] + 1) % 7; // the third code of the first row
                    changed.put("codes", Tensor.ofLongs(others, codes.shape()));
                    float[] before = allAtOnce(model, inputs).floats();
                    float[] after = allAtOnce(model, changed).floats();
                    for (int i = 0; i < before.length; i++) {
                        boolean mayChange = i / 7 % dimensions > 2 && i < 7 * dimensions;
                        assertThat(Math.abs(after[i] - before[i]) > 1e-4).as("logit %d", i).isEqualTo(mayChange);
                    }
                    return Map.of(
                            "logits", allAtOnce(model, inputs),
                            "dequantized", given(throughCodes(model, inputs), "dequantized"),
                            "quantized", given(throughCodes(model, inputs), "quantized"));
                },
                new AutoregressiveArchitecture());
    }

    @Test
    void refuses_more_components_than_an_embedding_has_by_name() {
        assertThatThrownBy(() -> describe(Map.of("dimensions", 11)))
                .isInstanceOf(NodeException.class)
                .hasMessageContaining("\"dimensions\"")
                .hasMessageContaining("11 principal components");
    }

    @Test
    void refuses_heads_that_do_not_divide_the_width() {
        assertThatThrownBy(() -> describe(Map.of("heads", 3)))
                .isInstanceOf(NodeException.class)
                .hasMessageContaining("\"heads\"");
    }

    private static void describe(Map<String, Integer> others) {
        Map<String, Integer> settings =
                new HashMap<>(
                        Map.of(
                                "width",
                                16,
                                "depth",
                                2,
                                "heads",
                                2,
                                "text_width",
                                12,
                                "text_length",
                                6,
                                "embedding_width",
                                10,
                                "dimensions",
                                5,
                                "buckets",
                                7,
                                "dot_buckets",
                                4));
        settings.putAll(others);
        new Architectures(List.of(new AutoregressiveArchitecture()))
                .describe("AutoregressivePrior", new Config("config.json", settings));
    }

    private static Tensor allAtOnce(Model model, Map<String, Tensor> inputs) {
        Map<String, Tensor> told = told(inputs);
        told.put("codes", given(inputs, "codes"));
        return given(model.call(told), "logits");
    }

    private static Tensor stepByStep(Model model, Map<String, Tensor> inputs) {
        Tensor codes = given(inputs, "codes");
        int rows = codes.size(0);
        int dimensions = codes.size(1);
        float[] all = new float[rows * dimensions * 7];
        try (Model.Session session = model.session(1 << 20)) {
            for (int d = 0; d < dimensions; d++) {
                Tensor logits =
                        given(
                                d == 0
                                        ? session.call("begin", told(inputs))
                                        : session.call("next", Map.of("code", column(codes, d - 1))),
                                "logits");
                for (int row = 0; row < rows; row++) {
                    System.arraycopy(logits.floats(), row * 7, all, (row * dimensions + d) * 7, 7);
                }
            }
        }
        return Tensor.ofFloats(all, rows, dimensions, 7);
    }

    private static Map<String, Tensor> throughCodes(Model model, Map<String, Tensor> inputs) {
        return Map.of(
                "dequantized",
                given(model.call("dequantize", Map.of("codes", given(inputs, "codes"))), "embedding"),
                "quantized",
                given(model.call("quantize", Map.of("embedding", given(inputs, "embedding"))), "embedding"));
    }

    private static Map<String, Tensor> told(Map<String, Tensor> inputs) {
        Map<String, Tensor> told = new HashMap<>(inputs);
        told.keySet().retainAll(TOLD);
        return told;
    }

    private static Tensor column(Tensor codes, int column) {
        long[] values = new long[codes.size(0)];
        for (int row = 0; row < values.length; row++) {
            values[row] = codes.longs()[row * codes.size(1) + column];
        }
        return Tensor.ofLongs(values, values.length);
    }

    private static Tensor given(Map<String, Tensor> tensors, String name) {
        return Objects.requireNonNull(tensors.get(name), name);
    }
}
