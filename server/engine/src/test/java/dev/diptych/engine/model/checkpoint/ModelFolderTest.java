// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diptych.api.error.NodeException;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

class ModelFolderTest {
    @TempDir Path temporary;

    private Path models;
    private Path folder;

    @BeforeEach
    void make_a_pipeline() throws IOException {
        models = Files.createDirectory(temporary.resolve("models"));
        folder = Files.createDirectory(models.resolve("pipeline"));
        write(
                "model_index.json",
                """
                {"_class_name": "StableDiffusionPipeline", "unet": ["diffusers", "UNet2DConditionModel"], "scheduler": ["diffusers", "DDIMScheduler"],
                 "text_encoder": ["transformers", "CLIPTextModel"], "safety_checker": [null, null], "vae": ["diffusers", "AutoencoderKL"],
                 "requires_safety_checker": true}
                """);
        write("unet/config.json", "{\"_class_name\": \"UNet2DConditionModel\", \"sample_size\": 8}");
        write("scheduler/scheduler_config.json", "{\"_class_name\": \"DDIMScheduler\"}");
        write("text_encoder/config.json", "{\"architectures\": [\"CLIPModel\"]}");
    }

    @Test
    void gives_components_with_their_classes_and_configurations() throws IOException {
        ModelFolder read = ModelFolder.open(folder, models);

        assertThat(read.className()).contains("StableDiffusionPipeline");
        assertThat(read.components().keySet()).containsExactly("unet", "scheduler", "text_encoder");
        assertThat(read.component("unet").library()).contains("diffusers");
        assertThat(read.component("unet").config().get("sample_size").intValue()).isEqualTo(8);
        assertThat(read.component("scheduler").className()).contains("DDIMScheduler");
        assertThat(read.component("text_encoder").className()).contains("CLIPTextModel");
        assertThat(read.component("text_encoder").configClassName()).contains("CLIPModel");
        assertThat(read.config().get("requires_safety_checker").booleanValue()).isTrue();
    }

    @Test
    void reads_numbers_that_are_not_finite_as_python_writes_them() throws IOException {
        write(
                "scheduler/scheduler_config.json",
                "{\"_class_name\": \"DPMSolverMultistepScheduler\", \"lambda_min_clipped\": -Infinity}");

        assertThat(
                        ModelFolder.open(folder, models)
                                .component("scheduler")
                                .config()
                                .get("lambda_min_clipped")
                                .doubleValue())
                .isEqualTo(Double.NEGATIVE_INFINITY);
    }

    @Test
    void names_what_is_missing_and_what_was_probably_meant() throws IOException {
        ModelFolder read = ModelFolder.open(folder, models);

        assertThatThrownBy(() -> read.component("vae"))
                .hasMessageContaining("AutoencoderKL")
                .hasMessageContaining("no folder");
        assertThat(read.missing()).containsExactly(java.util.Map.entry("vae", "AutoencoderKL"));
        assertThatThrownBy(() -> read.component("unett"))
                .isInstanceOfSatisfying(
                        NodeException.class, e -> assertThat(e.next()).contains("Did you mean \"unet\"?"));
        assertThatThrownBy(() -> read.component("unet").open()).hasMessageContaining("has no weights");
    }

    @Test
    void finds_components_that_the_index_does_not_name() throws IOException {
        write("upsampler-1024/config.json", "{\"_class_name\": \"SuperResolution\"}");
        write("docs/readme.txt", "no model");

        assertThat(ModelFolder.open(folder, models).components().keySet())
                .containsExactly("unet", "scheduler", "text_encoder", "upsampler-1024");
    }

    @Test
    void the_variant_asked_for_wins_then_the_plain_file_then_half_precision() throws IOException {
        for (String name :
                new String[] {
                    "diffusion_pytorch_model.non_ema.safetensors",
                    "diffusion_pytorch_model.bin",
                    "diffusion_pytorch_model.fp32.safetensors",
                    "diffusion_pytorch_model.fp16.bin"
                }) {
            write("unet/" + name, "");
        }
        ModelComponent unet = ModelFolder.open(folder, models).component("unet");

        assertThat(unet.variants()).containsExactly("", "fp16", "fp32", "non_ema");
        assertThat(name(unet, null)).isEqualTo("diffusion_pytorch_model.bin");
        assertThat(name(unet, "fp16")).isEqualTo("diffusion_pytorch_model.fp16.bin");
        assertThat(name(unet, "non_ema")).isEqualTo("diffusion_pytorch_model.non_ema.safetensors");
        assertThat(name(unet, "int8")).isEqualTo("diffusion_pytorch_model.bin");
        write("unet/diffusion_pytorch_model.safetensors", "");
        assertThat(name(unet, null)).isEqualTo("diffusion_pytorch_model.safetensors");
        Files.delete(folder.resolve("unet/diffusion_pytorch_model.safetensors"));
        Files.delete(folder.resolve("unet/diffusion_pytorch_model.bin"));
        assertThat(name(unet, null)).isEqualTo("diffusion_pytorch_model.fp16.bin");
    }

    @Test
    void weights_that_were_not_averaged_are_used_only_when_asked_for() throws IOException {
        write("unet/diffusion_pytorch_model.non_ema.safetensors", "");
        ModelComponent unet = ModelFolder.open(folder, models).component("unet");

        assertThat(unet.weights(null)).isEmpty();
        assertThatThrownBy(unet::open)
                .isInstanceOfSatisfying(
                        NodeException.class, e -> assertThat(e.next().orElseThrow()).contains("non_ema"));
    }

    @Test
    void finds_both_spellings_of_an_index_of_a_variant() throws IOException {
        write("unet/diffusion_pytorch_model.safetensors.index.fp16.json", "{}");
        write("unet/diffusion_pytorch_model.fp16-00001-of-00002.safetensors", "");
        write("text_encoder/model.bf16.safetensors.index.json", "{}");
        write("text_encoder/model-00001-of-00002.bf16.safetensors", "");
        ModelFolder read = ModelFolder.open(folder, models);

        assertThat(name(read.component("unet"), "fp16"))
                .isEqualTo("diffusion_pytorch_model.safetensors.index.fp16.json");
        assertThat(name(read.component("text_encoder"), "bf16")).isEqualTo("model.bf16.safetensors.index.json");
    }

    @Test
    void follows_relative_links_below_the_root_and_refuses_those_that_leave_it() throws IOException {
        Path clip = Files.createDirectory(models.resolve("clip"));
        Files.copy(Fixtures.path("every-type.safetensors"), clip.resolve("model.safetensors"));
        Files.createSymbolicLink(
                folder.resolve("text_encoder/model.safetensors"), Path.of("../../clip/model.safetensors"));
        Files.writeString(temporary.resolve("secret.json"), "{}");
        Files.createDirectory(folder.resolve("vae"));
        Files.createSymbolicLink(
                folder.resolve("vae/diffusion_pytorch_model.safetensors"), Path.of("../../../secret.json"));
        ModelFolder read = ModelFolder.open(folder, models);

        try (Checkpoint weights = read.component("text_encoder").open()) {
            assertThat(weights.tensors()).containsKey("matrix");
        }
        assertThatThrownBy(() -> read.component("vae").open())
                .isInstanceOfSatisfying(
                        NodeException.class, e -> assertThat(e.code()).isEqualTo("engine/outside-models"));
        assertThatThrownBy(() -> ModelFolder.open(temporary, models)).hasMessageContaining("leaves the models' folder");
    }

    @Test
    void a_folder_of_one_network_is_one_component() throws IOException {
        Path clip = Files.createDirectory(models.resolve("clip"));
        Files.writeString(clip.resolve("config.json"), "{\"architectures\": [\"CLIPModel\"], \"projection_dim\": 4}");
        Files.copy(Fixtures.path("every-type.safetensors"), clip.resolve("model.safetensors"));
        ModelFolder read = ModelFolder.open(clip, models);

        assertThat(read.className()).contains("CLIPModel");
        assertThat(read.components().keySet()).containsExactly(ModelFolder.ONLY);
        assertThat(read.component("model").className()).contains("CLIPModel");
        try (Checkpoint weights = read.component("model").open("fp16")) {
            assertThat(weights.tensors()).containsKey("scalar");
        }
    }

    @Test
    void refuses_folders_and_indexes_that_are_none() throws IOException {
        Path empty = Files.createDirectory(models.resolve("empty"));
        assertThatThrownBy(() -> ModelFolder.open(empty, models)).hasMessageContaining("this is no model");

        write("model_index.json", "{\"../../secret\": [\"a\", \"b\"]}");
        assertThatThrownBy(() -> ModelFolder.open(folder, models)).hasMessageContaining("../../secret");

        write("model_index.json", "[1, 2]");
        assertThatThrownBy(() -> ModelFolder.open(folder, models)).hasMessageContaining("a JSON object is needed");

        write("model_index.json", "{\"a\": 1, \"a\": 2}");
        assertThatThrownBy(() -> ModelFolder.open(folder, models)).hasMessageContaining("twice");
    }

    private static String name(ModelComponent component, @org.jspecify.annotations.Nullable String variant)
            throws IOException {
        return component.weights(variant).orElseThrow().getFileName().toString();
    }

    private void write(String name, String text) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }
}
