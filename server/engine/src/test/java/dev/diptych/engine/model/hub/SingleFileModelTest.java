// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.value.ModelReference;
import dev.diptych.engine.model.checkpoint.Checkpoint;
import dev.diptych.engine.model.checkpoint.CheckpointFiles;
import dev.diptych.engine.model.checkpoint.StoredTensor;
import dev.diptych.engine.model.checkpoint.keymap.KeyMap;
import dev.diptych.engine.model.tokenizer.TokenizerFiles;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

/// A whole pipeline in one file, used as if it were a folder.
class SingleFileModelTest {
    private static final ModelReference ONE = new ModelReference("one");

    @TempDir Path data;

    private final Map<String, String> shapes = new LinkedHashMap<>();
    private ModelHub hub;

    @BeforeEach
    void open_a_hub() {
        hub = new ModelHub(List.of(ModelRoot.ofData(data)), new FileDigests(null), new TokenizerFiles());
    }

    /// The names and shapes of a published layout, small.
    private static Map<String, String> published(String fixture) throws IOException {
        Map<String, String> named = new LinkedHashMap<>();
        for (String line : resource(fixture + ".txt").split("\n")) {
            named.put(line.split(" ")[0], line.split(" ").length > 1 ? line.split(" ")[1] : "");
        }
        return named;
    }

    private static String resource(String name) throws IOException {
        try (InputStream in = SingleFileModelTest.class.getResourceAsStream(name)) {
            return new String(Objects.requireNonNull(in, name).readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /// The same under the names that a single file has for them.
    private void put(String prefix, String fixture, String map) throws IOException {
        Path file = data.resolve(fixture + ".safetensors");
        TinyModels.write(file, TinyModels.safetensors(1, published(fixture)));
        try (Checkpoint left = KeyMap.named(map).toLeft(CheckpointFiles.open(file), Map.of())) {
            for (StoredTensor tensor : left.tensors().values()) {
                shapes.put(
                        prefix + tensor.name(),
                        Arrays.stream(tensor.shape()).mapToObj(Long::toString).collect(Collectors.joining(",")));
            }
        }
    }

    private void write() {
        write(Map.of());
    }

    private void write(Map<String, String> metadata) {
        TinyModels.write(data.resolve("models/one.safetensors"), TinyModels.safetensors(1, shapes, metadata));
    }

    private void stableDiffusion1() throws IOException {
        put("model.diffusion_model.", "unet-1", "ldm-unet");
        put("first_stage_model.", "vae", "ldm-vae");
        published("text")
                .forEach((name, shape) -> {
                    if (name.startsWith("text_model.")) {
                        shapes.put("cond_stage_model.transformer." + name, shape);
                    }
                });
        write();
    }

    @Test
    void stable_diffusion_1_has_the_components_of_a_folder() throws IOException {
        stableDiffusion1();

        ModelDescription one = hub.describe("one");

        assertThat(one.problem()).isNull();
        assertThat(one.family()).isEqualTo("Stable Diffusion 1");
        assertThat(hub.components(ONE)).containsExactly("unet", "vae", "text_encoder", "scheduler");
        assertThat(one.components())
                .extracting(ModelDescription.Part::className)
                .containsExactly("UNet2DConditionModel", "AutoencoderKL", "CLIPTextModel", "DDIMScheduler");
        assertThat(one.parameters()).isPositive();
    }

    /// All but the width of heads, which is always 64 in what is published, and what depends on it.
    private static void assertAsPublished(Map<String, Object> settings, String fixture, String... but)
            throws IOException {
        JsonNode published = new ObjectMapper().readTree(resource(fixture + ".json"));
        settings.forEach((key, value) -> {
            if (!List.of(but).contains(key) && published.hasNonNull(key)) {
                assertThat(new ObjectMapper().valueToTree(value).toString())
                        .as("%s of %s", key, fixture)
                        .isEqualTo(published.get(key).toString());
            }
        });
    }

    @Test
    void settings_are_told_by_the_shapes_of_the_weights() throws IOException {
        stableDiffusion1();

        assertAsPublished(hub.config(ONE, "unet").values(), "unet-1", "attention_head_dim");
        assertAsPublished(hub.config(ONE, "vae").values(), "vae");
        assertAsPublished(
                hub.config(ONE, "text_encoder").values(),
                "text",
                "num_attention_heads",
                "hidden_act",
                "bos_token_id",
                "eos_token_id",
                "pad_token_id");
        assertThat(hub.config(ONE, "unet").values())
                .containsKeys(
                        "in_channels",
                        "block_out_channels",
                        "down_block_types",
                        "up_block_types",
                        "layers_per_block",
                        "cross_attention_dim");
        assertThat(hub.config(ONE, "vae").number("scaling_factor")).isEqualTo(0.18215);
        assertThat(hub.config(ONE, "scheduler").text("prediction_type")).isEqualTo("epsilon");
        try (Checkpoint unet = hub.component(ONE, "unet").weights().open()) {
            assertThat(unet.tensors().keySet()).containsExactlyInAnyOrderElementsOf(published("unet-1").keySet());
        }
    }

    @Test
    void stable_diffusion_xl_has_deeper_transformers_and_another_embedding() throws IOException {
        put("model.diffusion_model.", "unet-xl", "ldm-unet");
        published("text").forEach((name, shape) -> shapes.put("conditioner.embedders.0.transformer." + name, shape));
        write();

        assertThat(hub.describe("one").family()).isEqualTo("Stable Diffusion XL");
        assertAsPublished(hub.config(ONE, "unet").values(), "unet-xl", "attention_head_dim", "addition_time_embed_dim");
        assertThat(hub.config(ONE, "unet").text("addition_embed_type")).isEqualTo("text_time");
    }

    @Test
    void components_of_one_file_have_identities_of_their_own_that_change_with_it() throws IOException {
        stableDiffusion1();
        String unet = hub.component(ONE, "unet").identity();

        assertThat(hub.component(ONE, "vae").identity()).isNotEqualTo(unet);
        TinyModels.write(data.resolve("models/one.safetensors"), TinyModels.safetensors(2, shapes));
        assertThat(hub.component(ONE, "unet").identity()).isNotEqualTo(unet);
    }

    private void stableDiffusion2() throws IOException {
        put("model.diffusion_model.", "unet-2", "ldm-unet");
        put("first_stage_model.", "vae", "ldm-vae");
        shapes.put("cond_stage_model.model.token_embedding.weight", "99,32");
        shapes.put("cond_stage_model.model.positional_embedding", "16,32");
        for (int layer = 0; layer < 2; layer++) {
            String before = "cond_stage_model.model.transformer.resblocks." + layer + ".";
            for (String norm : List.of("ln_1", "ln_2")) {
                shapes.put(before + norm + ".weight", "32");
                shapes.put(before + norm + ".bias", "32");
            }
            shapes.put(before + "attn.in_proj_weight", "96,32");
            shapes.put(before + "attn.in_proj_bias", "96");
            shapes.put(before + "attn.out_proj.weight", "32,32");
            shapes.put(before + "attn.out_proj.bias", "32");
            shapes.put(before + "mlp.c_fc.weight", "128,32");
            shapes.put(before + "mlp.c_fc.bias", "128");
            shapes.put(before + "mlp.c_proj.weight", "32,128");
            shapes.put(before + "mlp.c_proj.bias", "32");
        }
        shapes.put("cond_stage_model.model.ln_final.weight", "32");
        shapes.put("cond_stage_model.model.ln_final.bias", "32");
    }

    @Test
    void stable_diffusion_2_predicts_v_on_768_pixels() throws IOException {
        stableDiffusion2();
        write();

        assertThat(hub.describe("one").problem()).isNull();
        assertThat(hub.describe("one").family()).isEqualTo("Stable Diffusion 2");
        assertAsPublished(hub.config(ONE, "unet").values(), "unet-2", "attention_head_dim", "sample_size");
        assertThat(hub.config(ONE, "text_encoder").integer("num_hidden_layers")).isEqualTo(1);
        assertThat(hub.config(ONE, "scheduler").text("prediction_type")).isEqualTo("v_prediction");
        assertThat(hub.config(ONE, "unet").integer("sample_size")).isEqualTo(96);
    }

    @ParameterizedTest
    @CsvSource({
        "global_step, 875000, epsilon, 64",
        "global_step, 220000, epsilon, 64",
        "global_step, 110000, v_prediction, 96",
        "modelspec.prediction_type, epsilon, epsilon, 64",
        "modelspec.prediction_type, v, v_prediction, 96"
    })
    void what_stable_diffusion_2_predicts_and_on_how_many_pixels_its_file_says(
            String key, String text, String predicted, int side) throws IOException {
        stableDiffusion2();
        write(Map.of(key, text));

        assertThat(hub.config(ONE, "scheduler").text("prediction_type")).isEqualTo(predicted);
        assertThat(hub.config(ONE, "unet").integer("sample_size")).isEqualTo(side);
    }

    @Test
    void what_a_file_says_of_its_prediction_counts_more_than_its_steps() throws IOException {
        stableDiffusion2();
        write(Map.of("global_step", "875000", "modelspec.prediction_type", "v"));

        assertThat(hub.config(ONE, "scheduler").text("prediction_type")).isEqualTo("v_prediction");
    }

    @Test
    void what_the_file_has_not_is_refused_with_what_it_has() throws IOException {
        stableDiffusion1();

        assertThatThrownBy(() -> hub.component(ONE, "vea"))
                .isInstanceOfSatisfying(
                        NodeException.class,
                        e ->
                                assertThat(e.next())
                                        .contains("Did you mean \"vae\"? It has: unet, vae, text_encoder, scheduler."));
        assertThatThrownBy(() -> hub.tokenizer(ONE, "tokenizer")).hasMessageContaining("is a single file");
    }

    @Test
    void a_file_that_only_begins_as_a_pipeline_is_broken_and_says_why() {
        shapes.put("model.diffusion_model.input_blocks.0.0.weight", "8,4,3,3");
        shapes.put("cond_stage_model.transformer.text_model.x", "1");
        write();

        assertThat(hub.describe("one").problem()).contains("one.safetensors");
    }

    @Test
    void a_file_of_an_unknown_network_is_listed_and_not_loaded() {
        shapes.put("something.weight", "3");
        write();

        assertThat(hub.describe("one").family()).isEqualTo("unknown");
        assertThatThrownBy(() -> hub.component(ONE, "model"))
                .hasMessageContaining("which network it is for is not known");
    }
}
