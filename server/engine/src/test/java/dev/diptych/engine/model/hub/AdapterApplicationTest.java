// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.hub;

import static dev.diptych.engine.model.hub.TinyModels.shapes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.model.Tokenizer;
import dev.diptych.api.model.Tokenizers;
import dev.diptych.api.value.ModelReference;
import dev.diptych.engine.model.ComponentSource;
import dev.diptych.engine.model.checkpoint.Checkpoint;
import dev.diptych.engine.model.checkpoint.ElementType;
import dev.diptych.engine.model.checkpoint.Elements;
import dev.diptych.engine.model.checkpoint.StoredTensor;
import dev.diptych.engine.model.tokenizer.TokenizerFiles;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// Low-rank adapters and learnt words, applied when a reference asks for them.
class AdapterApplicationTest {
    private static final Path CLIP = Path.of("../../plugins/portraits/models/clip");
    private static final String UNET_WEIGHT = "down_blocks.0.attn.to_q.weight";

    @TempDir Path data;

    private final Tokenizers tokenizers = new TokenizerFiles();
    private Path models;
    private ModelHub hub;

    @BeforeEach
    void make_a_model_and_adapters() throws IOException {
        models = data.resolve("models");
        hub = new ModelHub(List.of(ModelRoot.ofData(data)), new FileDigests(null), tokenizers);
        TinyModels.write(
                models.resolve("sd/model_index.json"),
                """
                {"_class_name": "StableDiffusionPipeline", "unet": ["diffusers", "UNet2DConditionModel"],
                 "text_encoder": ["transformers", "CLIPTextModel"], "tokenizer": ["transformers", "CLIPTokenizer"]}
                """);
        TinyModels.write(models.resolve("sd/unet/config.json"), "{\"_class_name\": \"UNet2DConditionModel\"}");
        TinyModels.write(
                models.resolve("sd/unet/diffusion_pytorch_model.safetensors"),
                TinyModels.safetensors(1, shapes(UNET_WEIGHT, "2,2", "conv_in.weight", "2,2,1,1")));
        TinyModels.write(
                models.resolve("sd/text_encoder/config.json"),
                "{\"architectures\": [\"CLIPTextModel\"], \"vocab_size\": 10}");
        Tokenizer clip = tokenizers.read(CLIP);
        TinyModels.write(
                models.resolve("sd/text_encoder/model.safetensors"),
                TinyModels.safetensors(
                        1,
                        shapes(
                                "text_model.embeddings.token_embedding.weight",
                                clip.vocabularySize() + ",3",
                                "text_model.encoder.layers.0.self_attn.q_proj.weight",
                                "3,3")));
        Files.createDirectories(models.resolve("sd/tokenizer"));
        for (String file : List.of("vocab.json", "merges.txt", "tokenizer_config.json", "special_tokens_map.json")) {
            Files.copy(CLIP.resolve(file), models.resolve("sd/tokenizer").resolve(file));
        }
        lora("lora", 3, UNET_WEIGHT.replace(".weight", ""), "unet.", 2);
    }

    /// A rank-1 adapter whose factors hold one value.
    private void lora(String id, float value, String module, String prefix, int width) {
        TinyModels.write(
                models.resolve(id + ".safetensors"),
                TinyModels.safetensors(
                        value,
                        shapes(
                                prefix + module + ".lora_A.weight", "1," + width,
                                prefix + module + ".lora_B.weight", width + ",1")));
    }

    private static ModelReference with(Object... adaptersAndScales) {
        List<ModelReference.Adapter> adapters = new java.util.ArrayList<>();
        for (int i = 0; i < adaptersAndScales.length; i += 2) {
            adapters.add(
                    new ModelReference.Adapter(
                            (String) adaptersAndScales[i], ((Number) adaptersAndScales[i + 1]).doubleValue()));
        }
        return new ModelReference("sd", adapters);
    }

    private float[] weight(ModelReference reference, String component, String name) throws IOException {
        try (Checkpoint weights = hub.component(reference, component).weights().open()) {
            return Elements.floats(weights.tensors().get(name));
        }
    }

    @Test
    void an_adapter_is_added_with_its_scale_and_several_add_up() throws IOException {
        lora("other", 1, UNET_WEIGHT.replace(".weight", ""), "unet.", 2);

        assertThat(weight(with(), "unet", UNET_WEIGHT)).containsExactly(1, 1, 1, 1);
        assertThat(weight(with("lora", 1), "unet", UNET_WEIGHT)).containsExactly(10, 10, 10, 10);
        assertThat(weight(with("lora", 0.5), "unet", UNET_WEIGHT)).containsExactly(5.5f, 5.5f, 5.5f, 5.5f);
        assertThat(weight(with("lora", -1, "other", 2), "unet", UNET_WEIGHT)).containsExactly(-6, -6, -6, -6);
        assertThat(weight(with("lora", 1), "unet", "conv_in.weight")).containsExactly(1, 1, 1, 1);
    }

    private void peft(String folder, int alpha) {
        TinyModels.write(data.resolve(folder).resolve("adapter_config.json"), "{\"lora_alpha\": " + alpha + "}");
    }

    @Test
    void how_strong_an_adapter_of_peft_is_stands_beside_it() throws IOException {
        lora("mine/adapter_model", 3, UNET_WEIGHT.replace(".weight", ""), "base_model.model.", 2);
        ModelReference reference = with("mine", 1);

        assertThatThrownBy(() -> hub.component(reference, "unet"))
                .hasMessageContaining("mine")
                .hasMessageContaining("adapter_config.json");
        peft("models/mine", 4);
        String identity = hub.component(reference, "unet").identity();
        assertThat(weight(reference, "unet", UNET_WEIGHT)).containsExactly(37, 37, 37, 37);
        peft("models/mine", 2);
        assertThat(weight(reference, "unet", UNET_WEIGHT)).containsExactly(19, 19, 19, 19);
        assertThat(hub.component(reference, "unet").identity()).isNotEqualTo(identity);
    }

    @Test
    void a_folder_that_diffusers_saved_an_adapter_into_is_the_adapter() throws IOException {
        lora("mine/pytorch_lora_weights", 1, UNET_WEIGHT.replace(".weight", ""), "unet.", 2);

        assertThat(weight(with("mine", 1), "unet", UNET_WEIGHT)).containsExactly(2, 2, 2, 2);
        assertThat(hub.describe("mine").family()).isEqualTo("LoRA");
    }

    @Test
    void an_adapter_that_a_link_fetches_from_elsewhere_is_not_read() throws IOException {
        lora("../elsewhere/adapter_model", 3, UNET_WEIGHT.replace(".weight", ""), "unet.", 2);
        Files.createDirectories(models.resolve("mine"));
        Files.createSymbolicLink(
                models.resolve("mine/adapter_model.safetensors"), data.resolve("elsewhere/adapter_model.safetensors"));

        assertThatThrownBy(() -> weight(with("mine", 1), "unet", UNET_WEIGHT))
                .hasMessageContaining("a link that leaves the models' folder");
    }

    @Test
    void the_strength_of_a_linked_adapter_stands_where_the_link_leads() throws IOException {
        lora("../elsewhere/adapter_model", 3, UNET_WEIGHT.replace(".weight", ""), "base_model.model.", 2);
        peft("elsewhere", 4);
        Files.createSymbolicLink(
                models.resolve("linked.safetensors"), data.resolve("elsewhere/adapter_model.safetensors"));

        assertThat(weight(with("linked", 1), "unet", UNET_WEIGHT)).containsExactly(37, 37, 37, 37);
    }

    @Test
    void a_strength_that_a_link_fetches_from_elsewhere_is_not_read() throws IOException {
        lora("mine/adapter_model", 3, UNET_WEIGHT.replace(".weight", ""), "base_model.model.", 2);
        peft("elsewhere", 4);
        Files.createSymbolicLink(
                models.resolve("mine/adapter_config.json"), data.resolve("elsewhere/adapter_config.json"));

        assertThatThrownBy(() -> hub.component(with("mine", 1), "unet")).hasMessageContaining("adapter_config.json");
    }

    @Test
    void only_components_that_an_adapter_changes_have_another_identity() {
        ComponentSource plain = hub.component(with(), "unet");

        assertThat(hub.component(with("lora", 1), "unet").identity()).isNotEqualTo(plain.identity());
        assertThat(hub.component(with("lora", 1), "unet").identity())
                .isNotEqualTo(hub.component(with("lora", 0.5), "unet").identity());
        assertThat(hub.component(with("lora", 0), "unet").identity()).isEqualTo(plain.identity());
        assertThat(hub.component(with("lora", 1), "text_encoder").identity())
                .isEqualTo(hub.component(with(), "text_encoder").identity());
    }

    @Test
    void half_precision_stays_half_and_is_rounded_once() throws IOException {
        byte[] header =
                ("{\"" + UNET_WEIGHT + "\":{\"dtype\":\"F16\",\"shape\":[2,2],\"data_offsets\":[0,8]}}").getBytes();
        java.nio.ByteBuffer file =
                java.nio.ByteBuffer.allocate(16 + header.length).order(java.nio.ByteOrder.LITTLE_ENDIAN);
        file.putLong(header.length).put(header);
        for (int i = 0; i < 4; i++) {
            file.putShort(Float.floatToFloat16(1));
        }
        TinyModels.write(models.resolve("sd/unet/diffusion_pytorch_model.safetensors"), file.array());
        lora("small", 0.01f, UNET_WEIGHT.replace(".weight", ""), "unet.", 2);

        try (Checkpoint weights = hub.component(with("small", 1, "lora", 1), "unet").weights().open()) {
            StoredTensor changed = weights.tensors().get(UNET_WEIGHT);
            assertThat(changed.type()).isEqualTo(ElementType.F16);
            assertThat(Elements.floats(changed)[0])
                    .isEqualTo(Float.float16ToFloat(Float.floatToFloat16(1 + 0.01f * 0.01f + 9)));
        }
    }

    @Test
    void what_the_model_has_not_is_listed_whole_with_the_nearest_names() {
        TinyModels.write(
                models.resolve("wrong.safetensors"),
                TinyModels.safetensors(
                        1,
                        shapes(
                                "unet.down_blocks.0.attn.to_w.lora_A.weight", "1,2",
                                "unet.down_blocks.0.attn.to_w.lora_B.weight", "2,1",
                                "unet.nothing.like.it.lora_A.weight", "1,2",
                                "unet.nothing.like.it.lora_B.weight", "2,1")));

        assertThatThrownBy(() -> hub.component(with("wrong", 1), "unet"))
                .isInstanceOf(NodeException.class)
                .hasMessageContaining("unet.down_blocks.0.attn.to_w (is it unet.down_blocks.0.attn.to_q?)")
                .hasMessageContaining("unet.nothing.like.it");
        assertThatThrownBy(() -> hub.component(with("lorra", 1), "unet"))
                .isInstanceOfSatisfying(
                        NodeException.class, e -> assertThat(e.next()).contains("Did you mean \"lora\"?"));
        assertThatThrownBy(() -> hub.component(with("sd", 1), "unet"))
                .hasMessageContaining("sd is a pipeline, no adapter");
    }

    @Test
    void an_adapter_of_another_shape_is_refused() {
        lora("wide", 1, UNET_WEIGHT.replace(".weight", ""), "unet.", 5);

        assertThatThrownBy(() -> hub.component(with("wide", 1), "unet")).hasMessageContaining("(2, 2)");
    }

    @Test
    void a_learnt_word_gets_rows_ids_and_a_larger_vocabulary() throws IOException {
        TinyModels.write(models.resolve("cat-toy.safetensors"), TinyModels.safetensors(7, shapes("<cat-toy>", "2,3")));
        int before = tokenizers.read(CLIP).vocabularySize();
        String table = "text_model.embeddings.token_embedding.weight";

        Tokenizer tokenizer = hub.tokenizer(with("cat-toy", 1), "tokenizer");
        List<Integer> ids = tokenizer.encode("a <cat-toy> cat").ids();
        float[] rows = weight(with("cat-toy", 1), "text_encoder", table);

        assertThat(tokenizer.vocabularySize()).isEqualTo(before + 2);
        assertThat(ids).containsSequence(before, before + 1);
        assertThat(rows).hasSize((before + 2) * 3).endsWith(7, 7, 7, 7, 7, 7);
        assertThat(rows[before * 3 - 1]).isEqualTo(1);
        assertThat(hub.config(with("cat-toy", 1), "text_encoder").integer("vocab_size")).isEqualTo(before + 2);
        assertThat(hub.component(with("cat-toy", 1), "text_encoder").identity())
                .isNotEqualTo(hub.component(with(), "text_encoder").identity());
        assertThat(hub.component(with("cat-toy", 1), "unet").identity())
                .isEqualTo(hub.component(with(), "unet").identity());
        assertThat(hub.tokenizer(with(), "tokenizer").vocabularySize()).isEqualTo(before);
    }

    @ParameterizedTest
    @ValueSource(strings = {"3", "1,3"})
    void a_learnt_word_may_be_any_word(String shape) throws IOException {
        TinyModels.write(models.resolve("toy.safetensors"), TinyModels.safetensors(7, shapes("sks-toy", shape)));
        int before = tokenizers.read(CLIP).vocabularySize();

        assertThat(hub.describe("toy").family()).isEqualTo("Textual inversion");
        assertThat(hub.tokenizer(with("toy", 1), "tokenizer").encode("a sks-toy cat").ids()).contains(before);
        assertThat(weight(with("toy", 1), "text_encoder", "text_model.embeddings.token_embedding.weight"))
                .endsWith(7, 7, 7);
    }

    @Test
    void a_word_for_another_text_encoder_is_no_adapter_with_wrong_modules() {
        TinyModels.write(models.resolve("large.safetensors"), TinyModels.safetensors(7, shapes("clip_g", "2,5")));

        assertThatThrownBy(() -> hub.component(with("large", 1), "text_encoder"))
                .hasMessageContaining("no text encoder that could learn it");
    }

    @Test
    void a_learnt_word_of_another_width_or_with_a_scale_is_refused() {
        TinyModels.write(models.resolve("wide.safetensors"), TinyModels.safetensors(7, shapes("<wide>", "2,4")));
        TinyModels.write(models.resolve("cat-toy.safetensors"), TinyModels.safetensors(7, shapes("<cat-toy>", "3")));

        assertThatThrownBy(() -> hub.component(with("wide", 1), "text_encoder")).hasMessageContaining("width 4");
        assertThatThrownBy(() -> hub.component(with("cat-toy", 0.5), "text_encoder")).hasMessageContaining("no scale");
    }
}
