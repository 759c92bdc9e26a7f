// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.checkpoint.adapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.diptych.api.error.NodeException;
import dev.diptych.engine.model.checkpoint.Checkpoint;
import dev.diptych.engine.model.checkpoint.CheckpointFiles;
import dev.diptych.engine.model.checkpoint.ElementType;
import dev.diptych.engine.model.checkpoint.Elements;
import dev.diptych.engine.model.checkpoint.Fixtures;
import dev.diptych.engine.model.checkpoint.StoredTensor;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

class AdapterTest {
    @ParameterizedTest
    @ValueSource(strings = {"kohya", "kohya-ldm", "tucker", "peft", "diffusers-old", "bare", "loha", "lokr"})
    void every_kind_and_naming_gives_the_difference_that_it_stands_for(String name) throws IOException {
        try (Checkpoint file = CheckpointFiles.open(Fixtures.path("adapter/" + name + ".safetensors"));
                Checkpoint expected =
                        CheckpointFiles.open(Fixtures.path("adapter/" + name + ".expected.safetensors"))) {
            Adapter adapter = Adapter.read(name, file, config(name), targets());

            assertThat(adapter.unmatched()).isEmpty();
            assertThat(adapter.deltas().stream().map(delta -> delta.component() + "/" + delta.parameter()))
                    .containsExactlyInAnyOrderElementsOf(expected.tensors().keySet());
            for (WeightDelta delta : adapter.deltas()) {
                float[] wanted = Elements.floats(expected.tensors().get(delta.component() + "/" + delta.parameter()));
                assertDelta(delta, wanted);
            }
        }
    }

    private static Optional<byte[]> config(String name) throws IOException {
        Path file = Fixtures.path("adapter/" + name + ".safetensors").resolveSibling(name + ".adapter_config.json");
        return Files.exists(file) ? Optional.of(Files.readAllBytes(file)) : Optional.empty();
    }

    private static void assertDelta(WeightDelta delta, float[] wanted) {
        int rows = delta.shape().getFirst().intValue();
        int length = wanted.length / rows;
        WeightDelta.Rows open = delta.open();
        for (int first = 0; first < rows; first += 4) {
            int count = Math.min(4, rows - first);
            float[] block = new float[count * length];
            java.util.Arrays.fill(block, 1);
            open.add(-2, first, count, block);
            for (int i = 0; i < block.length; i++) {
                assertThat(block[i]).as(delta.parameter()).isCloseTo(1 - 2 * wanted[first * length + i], within(1e-4f));
            }
        }
    }

    @Test
    void a_rank_of_one_is_the_outer_product() {
        Adapter adapter =
                Adapter.read(
                        file(
                                Map.of(
                                        "unet.m.lora_A.weight",
                                        tensor(1, 2, 1, 2),
                                        "unet.m.lora_B.weight",
                                        tensor(2, 1, 3, 4))),
                        matrix());

        float[] delta = new float[4];
        adapter.deltas().getFirst().open().add(1, 0, 2, delta);
        assertThat(delta).containsExactly(3, 6, 4, 8);
        adapter.deltas().getFirst().open().add(0, 0, 2, delta);
        assertThat(delta).containsExactly(3, 6, 4, 8);
    }

    @ParameterizedTest
    @CsvSource({
        "text_encoder.text_model.encoder.layers.0.self_attn.q_proj.lora_A.weight, text_encoder.text_model.encoder.layers.0.self_attn.q_proj.lora_B.weight",
        "lora_te_text_model_encoder_layers_0_self_attn_q_proj.lora_down.weight, lora_te_text_model_encoder_layers_0_self_attn_q_proj.lora_up.weight",
        "encoder.layers.0.self_attn.q_proj.lora_A.weight, encoder.layers.0.self_attn.q_proj.lora_B.weight"
    })
    void a_text_tower_may_be_named_with_its_prefix_or_without(String down, String up) {
        long[] shape = {2, 2};
        for (String prefix : List.of("", "text_model.")) {
            String parameter = prefix + "encoder.layers.0.self_attn.q_proj.weight";
            AdapterTargets targets =
                    new AdapterTargets(
                            Map.of(
                                    "text_encoder",
                                    Map.of(parameter, shape, prefix + "embeddings.token_embedding.weight", shape)));
            Adapter adapter = Adapter.read(file(Map.of(down, tensor(1, 2, 1, 2), up, tensor(2, 1, 3, 4))), targets);

            assertThat(adapter.unmatched()).isEmpty();
            assertThat(adapter.deltas()).extracting(WeightDelta::parameter).containsExactly(parameter);
        }
    }

    @Test
    void lists_every_module_that_the_model_has_not_with_the_nearest() {
        Map<String, StoredTensor> tensors = new HashMap<>();
        for (String module : new String[] {"lora_unet_down_blocks_0_resnets_0_conv7", "lora_te_nothing_like_it"}) {
            tensors.put(module + ".lora_down.weight", tensor(1, 2, 1, 2));
            tensors.put(module + ".lora_up.weight", tensor(2, 1, 3, 4));
        }
        tensors.put("whatever", tensor(1, 1, 1));
        AdapterTargets targets =
                new AdapterTargets(Map.of("unet", Map.of("down_blocks.0.resnets.0.conv1.weight", new long[] {2, 2})));
        Adapter adapter = Adapter.read(file(tensors), targets);

        assertThat(adapter.unmatched()).hasSize(3);
        assertThatThrownBy(() -> adapter.requireMatched("it.safetensors"))
                .isInstanceOfSatisfying(
                        NodeException.class, e -> assertThat(e.code()).isEqualTo("engine/wrong-adapter"))
                .hasMessageContaining("down_blocks_0_resnets_0_conv7 (is it unet.down_blocks.0.resnets.0.conv1?)")
                .hasMessageContaining("nothing_like_it")
                .hasMessageContaining("whatever");
    }

    /// Of rank 4, each element of the product 4.
    private static Checkpoint savedByPeft(String module) {
        float[] ones = {1, 1, 1, 1, 1, 1, 1, 1};
        return file(
                Map.of(
                        "base_model.model." + module + ".lora_A.weight",
                        tensor(4, 2, ones),
                        "base_model.model." + module + ".lora_B.weight",
                        tensor(2, 4, ones)));
    }

    private static Adapter readWith(String config, String module) {
        AdapterTargets targets = new AdapterTargets(Map.of("unet", Map.of(module + ".weight", new long[] {2, 2})));
        return Adapter.read(
                "ann/lora", savedByPeft(module), Optional.of(config.getBytes(StandardCharsets.UTF_8)), targets);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '`',
            value = {
                "{'r': 4, 'lora_alpha': 2, 'use_rslora': false} ; 2",
                "{'r': 4, 'lora_alpha': 2, 'use_rslora': true} ; 4",
                "{'peft_type': 'LOHA', 'alpha': 3} ; 3",
                "{'lora_alpha': 2, 'alpha_pattern': {'0.m': 5}} ; 5",
                "{'lora_alpha': 2, 'alpha_pattern': {'^blocks.0.m': 5}} ; 5",
                "{'lora_alpha': 2, 'alpha_pattern': {'blocks\\\\.[0-9]+\\\\.(m|n)': 5}} ; 5",
                "{'lora_alpha': 2, 'alpha_pattern': {'blocks.0': 5, 'locks.0.m': 6}} ; 2",
                "{'lora_alpha': 2, 'alpha_pattern': {'blocks.1.m': 5, 'm|n': 6, 'blocks.0.m': 7}} ; 6"
            })
    void an_adapter_of_peft_is_as_strong_as_its_configuration_says(String config, float element) {
        float[] delta = new float[4];
        readWith(config.replace('\'', '"'), "blocks.0.m").deltas().getFirst().open().add(1, 0, 2, delta);

        assertThat(delta).containsExactly(element, element, element, element);
    }

    @Test
    void an_adapter_of_peft_without_its_configuration_is_refused_by_name() {
        assertThatThrownBy(() -> Adapter.read("ann/lora", savedByPeft("m"), Optional.empty(), matrix()))
                .isInstanceOfSatisfying(
                        NodeException.class,
                        e -> {
                            assertThat(e.code()).isEqualTo("engine/bad-adapter");
                            assertThat(e.next().orElseThrow()).contains("into a folder of their own");
                        })
                .hasMessageContaining("ann/lora")
                .hasMessageContaining("adapter_config.json");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '`',
            value = {
                "{ ; is no JSON",
                "{'lora_alpha': 'much'} ; no number \"lora_alpha\"",
                "{'lora_alpha': NaN} ; alpha is NaN",
                "{'lora_alpha': 2, 'alpha_pattern': {'(m': 5}} ; \"(m\" in alpha_pattern is no regular expression",
                "{'lora_alpha': 2, 'alpha_pattern': {'m*m*m*m*m*m*m*m*x': 5}} ; takes too long"
            })
    void a_configuration_of_peft_that_cannot_be_used_is_refused(String config, String reason) {
        assertThatThrownBy(() -> readWith(config.replace('\'', '"'), "m".repeat(60)))
                .isInstanceOfSatisfying(NodeException.class, e -> assertThat(e.code()).isEqualTo("engine/bad-adapter"))
                .hasMessageContaining(reason);
    }

    @ParameterizedTest
    @CsvSource({
        "unet.m.dora_scale, DoRA",
        "unet.m.lora_magnitude_vector, DoRA",
        "lora_unet_m.oft_blocks, OFT",
        "lora_unet_m.on_input, IA3",
        "unet.m.lora_B.bias, biases",
        "unet.m.lora_embedding_A, embeddings"
    })
    void refuses_kinds_that_are_not_supported_by_name(String tensor, String kind) {
        Map<String, StoredTensor> tensors = new HashMap<>();
        tensors.put(tensor, tensor(2, 1, 1, 1));

        assertThatThrownBy(() -> Adapter.read(file(tensors), matrix()))
                .isInstanceOfSatisfying(
                        NodeException.class, e -> assertThat(e.code()).isEqualTo("engine/adapter-not-supported"))
                .hasMessageContaining(kind);
    }

    @Test
    void refuses_factors_that_are_missing_or_do_not_fit() {
        StoredTensor down = tensor(1, 2, 1, 2);
        assertRefused(Map.of("unet.m.lora_A.weight", down), "\"up\" is missing");
        assertRefused(Map.of("unet.m.lora_A.weight", down, "unet.m.lora_B.weight", tensor(1, 2, 3, 4)), "ranks");
        assertRefused(
                Map.of("unet.m.lora_A.weight", down, "unet.m.lora_B.weight", tensor(3, 1, 3, 4, 5)), "3 rows of 2");
        assertRefused(Map.of("unet.m.lokr_w1", tensor(1, 1, 1), "unet.m.lokr_w2_a", down), "a factor is missing");
        assertRefused(
                Map.of(
                        "unet.m.lora_A.weight",
                        down,
                        "unet.m.lora_B.weight",
                        tensor(2, 1, 3, 4),
                        "unet.m.alpha",
                        tensor(1, 1, Float.NaN)),
                "alpha is NaN");
        assertRefused(Map.of("unet.m.diff_b", down), "bias");
        assertRefused(Map.of(), "holds no tensors");
    }

    @ParameterizedTest
    @CsvSource({"word.bin, <cat>, 1", "word-web-ui.pt, dog, 3", "word.safetensors, , 2"})
    void reads_learnt_words_of_each_form(String name, @org.jspecify.annotations.Nullable String token, long vectors)
            throws IOException {
        try (Checkpoint file = CheckpointFiles.open(Fixtures.path("adapter/" + name))) {
            TextualInversion word = TextualInversion.read(file);

            assertThat(word.token()).isEqualTo(Optional.ofNullable(token));
            assertThat(word.encoders()).hasSize(1);
            assertThat(word.encoders().getFirst().component()).isEqualTo("text_encoder");
            assertThat(word.encoders().getFirst().tensor().shape()).containsExactly(vectors, 4);
        }
    }

    @Test
    void a_word_for_two_encoders_has_vectors_for_each() throws IOException {
        try (Checkpoint file = CheckpointFiles.open(Fixtures.path("adapter/word-xl.safetensors"))) {
            assertThat(TextualInversion.read(file).encoders())
                    .extracting(TextualInversion.Vectors::component)
                    .containsExactly("text_encoder", "text_encoder_2");
        }
        try (Checkpoint file = CheckpointFiles.open(Fixtures.path("every-type.safetensors"))) {
            assertThatThrownBy(() -> TextualInversion.read(file)).hasMessageContaining("18 tensors");
        }
    }

    private static void assertRefused(Map<String, StoredTensor> tensors, String reason) {
        assertThatThrownBy(() -> Adapter.read(file(tensors), matrix()))
                .isInstanceOfSatisfying(NodeException.class, e -> assertThat(e.code()).isEqualTo("engine/bad-adapter"))
                .hasMessageContaining(reason);
    }

    private static AdapterTargets matrix() {
        return new AdapterTargets(Map.of("unet", Map.of("m.weight", new long[] {2, 2})));
    }

    private static AdapterTargets targets() throws IOException {
        Map<String, Map<String, long[]>> components = new HashMap<>();
        try (Checkpoint model = CheckpointFiles.open(Fixtures.path("adapter/model.safetensors"))) {
            model.tensors()
                    .forEach((name, tensor) -> {
                        String[] parts = name.split("/", 2);
                        components.computeIfAbsent(parts[0], _ -> new HashMap<>()).put(parts[1], tensor.shape());
                    });
        }
        return new AdapterTargets(components);
    }

    private static StoredTensor tensor(long rows, long columns, float... values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        return new StoredTensor(
                "", ElementType.F32, new long[] {rows, columns}, () -> MemorySegment.ofArray(bytes.array()));
    }

    private static Checkpoint file(Map<String, StoredTensor> tensors) {
        SequencedMap<String, StoredTensor> named = new LinkedHashMap<>();
        tensors.forEach((name, tensor) -> named.put(name, tensor.named(name)));
        return new Checkpoint() {
            @Override
            public SequencedMap<String, StoredTensor> tensors() {
                return named;
            }

            @Override
            public Map<String, String> metadata() {
                return Map.of();
            }

            @Override
            public void close() {}
        };
    }
}
