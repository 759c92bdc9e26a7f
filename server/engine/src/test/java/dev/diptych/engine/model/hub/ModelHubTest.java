// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.hub;

import static dev.diptych.engine.model.hub.TinyModels.shapes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.value.ModelReference;
import dev.diptych.engine.model.ComponentSource;
import dev.diptych.engine.model.checkpoint.Checkpoint;
import dev.diptych.engine.model.checkpoint.CheckpointFiles;
import dev.diptych.engine.model.checkpoint.ElementType;
import dev.diptych.engine.model.tokenizer.TokenizerFiles;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

class ModelHubTest {
    @TempDir Path temporary;

    private Path models;
    private ModelHub hub;

    @BeforeEach
    void open_a_hub() {
        Path data = temporary.resolve("data");
        models = data.resolve("models");
        hub = hub();
    }

    private ModelHub hub() {
        return new ModelHub(
                List.of(
                        ModelRoot.ofData(temporary.resolve("data")),
                        ModelRoot.ofFolder(temporary.resolve("more")),
                        ModelRoot.ofPlugin("portraits", temporary.resolve("plugin/models"), "Apache-2.0")),
                new FileDigests(temporary.resolve("digests")),
                new TokenizerFiles());
    }

    private static ModelReference reference(String id) {
        return new ModelReference(id);
    }

    @Test
    void finds_models_in_all_its_folders_and_those_of_plugins_under_the_plugins_name() {
        TinyModels.pipeline(models.resolve("ann/tiny"), 1);
        TinyModels.network(models.resolve("alone"), 1);
        TinyModels.network(temporary.resolve("more/bob/deep/net"), 1);
        TinyModels.network(temporary.resolve("plugin/models/clip"), 1);
        TinyModels.write(models.resolve("ann/single.safetensors"), TinyModels.safetensors(1, shapes("a", "1")));
        TinyModels.write(models.resolve("ann/notes.txt"), "no model");
        TinyModels.write(models.resolve(".shared/0123.safetensors"), TinyModels.safetensors(1, shapes("a", "1")));

        assertThat(hub.ids()).containsExactly("alone", "ann/single", "ann/tiny", "bob/deep/net", "portraits/clip");
        assertThat(hub.ids()).allSatisfy(id -> assertThat(hub.has(id)).isTrue());
        assertThat(hub.has("ann/tiny/unet")).isFalse();
        assertThat(hub.has("ann")).isFalse();
    }

    @Test
    void the_earlier_folder_counts_and_safetensors_count_before_pickles() throws IOException {
        TinyModels.network(models.resolve("ann/net"), 1);
        TinyModels.network(temporary.resolve("more/ann/net"), 2);
        TinyModels.write(models.resolve("ann/x.ckpt"), "no pickle");
        TinyModels.write(models.resolve("ann/x.safetensors"), TinyModels.safetensors(1, shapes("a", "1")));

        assertThat(hub.found("ann/net").path()).isEqualTo(models.resolve("ann/net"));
        assertThat(hub.found("ann/x").path()).isEqualTo(models.resolve("ann/x.safetensors"));
        assertThat(hub.describe("ann/x").problem()).isNull();
        assertThat(hub.list()).hasSize(2).allSatisfy(model -> assertThat(model.problem()).isNull());
    }

    @Test
    void describes_a_pipeline_without_loading_a_tensor() {
        TinyModels.pipeline(models.resolve("ann/tiny"), 1);
        TinyModels.write(
                models.resolve("ann/tiny/README.md"), "---\nlicense: creativeml-openrail-m\ntags: [x]\n---\n# Tiny");

        ModelDescription tiny = hub.describe("ann/tiny");

        assertThat(tiny.family()).isEqualTo("Stable Diffusion 1");
        assertThat(tiny.className()).isEqualTo("StableDiffusionPipeline");
        assertThat(tiny.tasks()).containsExactly("text-to-image", "image-to-image");
        assertThat(tiny.licence()).isEqualTo("creativeml-openrail-m");
        assertThat(tiny.problem()).isNull();
        assertThat(tiny.parameters()).isEqualTo(14);
        assertThat(tiny.formats()).containsExactly("F32");
        assertThat(tiny.components()).extracting(ModelDescription.Part::name).containsExactly("unet", "scheduler");
        ModelDescription.Part unet = tiny.components().getFirst();
        assertThat(unet.className()).isEqualTo("UNet2DConditionModel");
        assertThat(unet.bytes()).isEqualTo(56);
        assertThat(unet.formats()).containsExactly(ElementType.F32);
        assertThat(tiny.bytes()).isGreaterThan(56 + 100);
    }

    @Test
    void a_licence_is_also_read_from_a_licence_file_or_is_the_plugins() {
        TinyModels.network(models.resolve("a"), 1);
        TinyModels.write(models.resolve("a/LICENSE"), "MIT License\n\nCopyright");
        TinyModels.network(temporary.resolve("plugin/models/clip"), 1);

        assertThat(hub.describe("a").licence()).isEqualTo("MIT");
        assertThat(hub.describe("portraits/clip").licence()).isEqualTo("Apache-2.0");
        assertThat(hub.describe("portraits/clip").origin()).isEqualTo(ModelRoot.Origin.PLUGIN);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Stable Diffusion 1 | model.diffusion_model.input_blocks.0.0.weight=2,4,1,1 cond_stage_model.transformer.text_model.x=1",
                "Stable Diffusion 2 | model.diffusion_model.input_blocks.0.0.weight=2,4,1,1 cond_stage_model.model.x=1",
                "Stable Diffusion XL | model.diffusion_model.input_blocks.0.0.weight=2,4,1,1 conditioner.embedders.0.x=1",
                "Stable Diffusion | model.diffusion_model.input_blocks.0.0.weight=2,9,1,1 cond_stage_model.transformer.x=1",
                "Latent Diffusion | model.diffusion_model.input_blocks.0.0.weight=2,4,1,1",
                "CLIP | visual.proj=2,2 token_embedding.weight=2,2",
                "CLIP | text_model.embeddings.token_embedding.weight=2,2 vision_model.embeddings.class_embedding=2",
                "GLIDE | input_blocks.0.0.weight=2,3,1,1 token_embedding.weight=2,2",
                "Guided Diffusion | input_blocks.0.0.weight=2,3,1,1",
                "U-Net | conv_in.weight=2,3,1,1 down_blocks.0.x=1",
                "Autoencoder | encoder.conv_in.weight=2,3,1,1 decoder.conv_out.weight=2,3,1,1",
                "LoRA | unet.x.lora_A.weight=2,2 unet.x.lora_B.weight=2,2",
                "LoRA | lora_unet_x.lora_down.weight=2,2",
                "LyCORIS | lora_unet_x.hada_w1_a=2,2",
                "Textual inversion | <cat-toy>=4",
                "Textual inversion | sks-toy=4",
                "Textual inversion | clip_g=2,4",
                "unknown | something.weight=1",
                "unknown | bias=4",
                "unknown | sks-toy=2,2,2",
                "unknown | sks-toy=4 other-toy=4"
            })
    void tells_a_single_file_by_the_names_of_its_tensors(String family, String tensors) throws IOException {
        Path file = temporary.resolve("x.safetensors");
        TinyModels.write(file, TinyModels.safetensors(1, shapes(tensors.split("[ =]"))));

        try (Checkpoint weights = CheckpointFiles.open(file)) {
            assertThat(Families.ofLayout(LayoutMarks.of(weights.tensors())).name()).isEqualTo(family);
        }
    }

    @Test
    void a_broken_model_is_listed_with_its_reason_and_costs_nothing_else() {
        TinyModels.pipeline(models.resolve("good"), 1);
        TinyModels.write(models.resolve("bad/config.json"), "{not json");
        TinyModels.pipeline(models.resolve("torn"), 1);
        TinyModels.write(models.resolve("torn/unet/diffusion_pytorch_model.safetensors"), "torn off");
        TinyModels.write(models.resolve("file.safetensors"), new byte[] {1, 2, 3});

        List<ModelDescription> list = hub.list();

        assertThat(list).extracting(ModelDescription::id).containsExactly("bad", "file", "good", "torn");
        assertThat(list.get(0).problem()).contains("bad/config.json");
        assertThat(list.get(1).problem()).contains("file.safetensors");
        assertThat(list.get(2).problem()).isNull();
        assertThat(list.get(3).problem()).startsWith("unet: unet/diffusion_pytorch_model.safetensors");
        assertThat(list.get(3).components())
                .extracting(ModelDescription.Part::name)
                .containsExactly("unet", "scheduler");
    }

    @Test
    void an_unknown_name_is_answered_with_the_nearest() {
        TinyModels.network(temporary.resolve("plugin/models/clip"), 1);
        TinyModels.pipeline(models.resolve("ann/tiny"), 1);

        assertThatThrownBy(() -> hub.component(reference("portrait/clip"), "model"))
                .isInstanceOfSatisfying(
                        NodeException.class, e -> assertThat(e.next()).contains("Did you mean \"portraits/clip\"?"));
        assertThatThrownBy(() -> hub.components(reference("clip")))
                .isInstanceOfSatisfying(
                        NodeException.class, e -> assertThat(e.next()).contains("Did you mean \"portraits/clip\"?"));
        assertThatThrownBy(() -> hub.component(reference("ann/tiny"), "unett"))
                .hasMessage("The model ann/tiny has no component \"unett\".")
                .isInstanceOfSatisfying(
                        NodeException.class,
                        e -> assertThat(e.next()).contains("Did you mean \"unet\"? It has: unet, scheduler."));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/",
                "..",
                "../secret",
                "ann/../../secret",
                "ann/..",
                "/etc/passwd",
                "ann//tiny",
                "ann\\tiny",
                "C:x",
                ".shared/x",
                "ann/.x",
                "a/b/c/d/e",
                "ann/tiny/",
                "ann\ntiny",
                "ann\u0000"
            })
    void a_name_that_could_lead_elsewhere_is_no_model(String id) throws IOException {
        TinyModels.network(temporary.resolve("data/secret"), 1);
        TinyModels.network(temporary.resolve("secret"), 1);
        TinyModels.pipeline(models.resolve("ann/tiny"), 1);

        assertThat(hub.has(id)).isFalse();
        assertThat(hub.digest(reference(id))).isEmpty();
        assertThatThrownBy(() -> hub.describe(id))
                .isInstanceOfSatisfying(NodeException.class, e -> assertThat(e.code()).isEqualTo("model/unknown"));
    }

    @Test
    void a_component_comes_with_its_settings_and_weights() throws IOException {
        TinyModels.pipeline(models.resolve("ann/tiny"), 3);

        ComponentSource unet = hub.component(reference("ann/tiny"), "unet");

        assertThat(unet.className()).isEqualTo("UNet2DConditionModel");
        assertThat(unet.name()).isEqualTo("ann/tiny, unet");
        assertThat(unet.config().get().integer("cross_attention_dim")).isEqualTo(768);
        try (Checkpoint weights = unet.weights().open()) {
            assertThat(weights.tensors().keySet()).containsExactly("conv_in.weight", "conv_in.bias");
        }
        assertThat(hub.config(reference("ann/tiny"), "scheduler").number("beta_end")).isEqualTo(0.02);
        assertThat(hub.config(reference("ann/tiny"), "model_index").text("_class_name"))
                .isEqualTo("StableDiffusionPipeline");
        assertThat(hub.components(reference("ann/tiny"))).containsExactly("unet", "scheduler");
    }

    @Test
    void contents_decide_the_identity_not_names() {
        TinyModels.pipeline(models.resolve("a"), 1);
        TinyModels.pipeline(models.resolve("b"), 1);
        TinyModels.pipeline(models.resolve("c"), 2);

        assertThat(hub.component(reference("a"), "unet").identity())
                .isEqualTo(hub.component(reference("b"), "unet").identity())
                .isNotEqualTo(hub.component(reference("c"), "unet").identity());
        assertThat(hub.digest(reference("a"))).isPresent().isEqualTo(hub.digest(reference("b")));
        assertThat(hub.digest(reference("a"))).isNotEqualTo(hub.digest(reference("c")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "unet/diffusion_pytorch_model.safetensors",
                "unet/config.json",
                "scheduler/scheduler_config.json",
                "model_index.json"
            })
    void a_change_of_any_file_that_counts_changes_the_digest_at_once(String file) throws IOException {
        TinyModels.pipeline(models.resolve("a"), 1);
        String before = hub.digest(reference("a")).orElseThrow();
        Path changed = models.resolve("a").resolve(file);
        byte[] content = Files.readAllBytes(changed);
        if (file.endsWith("json")) {
            TinyModels.write(changed, new String(content).replace("}", ",\"more\": 1}"));
        } else {
            content[content.length - 1] ^= 1;
            TinyModels.write(changed, content);
        }

        assertThat(hub.digest(reference("a"))).isPresent().isNotEqualTo(java.util.Optional.of(before));
    }

    @Test
    void a_readme_does_not_count() {
        TinyModels.network(models.resolve("a"), 1);
        var before = hub.digest(reference("a"));
        TinyModels.write(models.resolve("a/README.md"), "# New");
        TinyModels.write(models.resolve("a/LICENSE.txt"), "MIT License");

        assertThat(hub.digest(reference("a"))).isEqualTo(before);
        assertThat(hub.describe("a").licence()).isEqualTo("MIT");
    }

    @Test
    void adapters_and_their_scales_count() {
        TinyModels.network(models.resolve("a"), 1);
        TinyModels.write(
                models.resolve("lora.safetensors"), TinyModels.safetensors(1, shapes("x.lora_down.weight", "1,1")));
        ModelReference half = new ModelReference("a", List.of(new ModelReference.Adapter("lora", 0.5)));
        ModelReference whole = new ModelReference("a", List.of(new ModelReference.Adapter("lora", 1)));

        assertThat(List.of(hub.digest(reference("a")), hub.digest(half), hub.digest(whole))).doesNotHaveDuplicates();
        assertThat(hub.digest(new ModelReference("a", List.of(new ModelReference.Adapter("gone", 1))))).isEmpty();
    }

    @Test
    void a_file_is_hashed_once_and_another_process_remembers_it() throws IOException {
        TinyModels.network(models.resolve("a"), 1);
        Path weights = models.resolve("a/model.safetensors");
        Instant longAgo = Instant.now().minusSeconds(3600);
        Files.setLastModifiedTime(weights, FileTime.from(longAgo));
        String digest = hub.digest("a");
        byte[] changed = Files.readAllBytes(weights);
        changed[changed.length - 1] ^= 1;
        Files.write(weights, changed);
        Files.setLastModifiedTime(weights, FileTime.from(longAgo)); // as if it had not changed

        assertThat(hub.digest("a")).isEqualTo(digest);
        assertThat(hub().digest("a")).isEqualTo(digest);
        List<String> damaged = new ArrayList<>();
        hub().verify(
                        "a",
                        (file, now, before) -> {
                            if (before != null && !before.equals(now)) {
                                damaged.add(file);
                            }
                        });
        assertThat(damaged).containsExactly("model.safetensors");
        assertThat(hub().digest("a")).isNotEqualTo(digest);
    }

    @Test
    void links_may_share_files_between_models_of_one_folder_and_lead_nowhere_else() throws IOException {
        TinyModels.network(temporary.resolve("plugin/models/clip"), 1);
        Path linked = temporary.resolve("plugin/models/unclip/text_encoder");
        TinyModels.write(
                linked.resolveSibling("model_index.json"),
                "{\"_class_name\": \"UnCLIPPipeline\", \"text_encoder\": [\"transformers\", \"CLIPTextModel\"]}");
        TinyModels.write(linked.resolve("config.json"), "{}");
        Files.createSymbolicLink(linked.resolve("model.safetensors"), Path.of("../../clip/model.safetensors"));
        TinyModels.write(temporary.resolve("secret.safetensors"), TinyModels.safetensors(1, shapes("a", "1")));
        Path escaping = temporary.resolve("plugin/models/evil");
        TinyModels.write(escaping.resolve("config.json"), "{\"architectures\": [\"CLIPModel\"]}");
        Files.createSymbolicLink(escaping.resolve("model.safetensors"), temporary.resolve("secret.safetensors"));
        Files.createSymbolicLink(
                temporary.resolve("plugin/models/out.safetensors"), temporary.resolve("secret.safetensors"));

        assertThat(hub.describe("portraits/unclip").parameters()).isEqualTo(6);
        String before = hub.component(reference("portraits/unclip"), "text_encoder").identity();
        assertThat(hub.describe("portraits/evil").problem()).contains("leaves the models' folder");
        assertThat(hub.ids()).containsExactly("portraits/clip", "portraits/evil", "portraits/unclip");

        TinyModels.network(temporary.resolve("plugin/models/clip"), 2);
        assertThat(hub.component(reference("portraits/unclip"), "text_encoder").identity()).isNotEqualTo(before);
    }

    @Test
    void a_model_that_an_operator_links_from_elsewhere_is_one() throws IOException {
        TinyModels.pipeline(temporary.resolve("elsewhere/tiny"), 1);
        Files.createDirectories(models.resolve("ann"));
        Files.createSymbolicLink(models.resolve("ann/linked"), temporary.resolve("elsewhere/tiny"));

        assertThat(hub.ids()).containsExactly("ann/linked");
        assertThat(hub.describe("ann/linked").problem()).isNull();
        assertThat(hub.component(reference("ann/linked"), "unet").className()).isEqualTo("UNet2DConditionModel");
    }
}
