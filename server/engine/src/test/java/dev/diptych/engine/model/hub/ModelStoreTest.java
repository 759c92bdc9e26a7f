// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.hub;

import static dev.diptych.engine.model.hub.TinyModels.shapes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diptych.api.error.NodeException;
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
import java.util.stream.Stream;

class ModelStoreTest {
    @TempDir Path data;

    private Path models;
    private ModelHub hub;
    private ModelStore store;

    @BeforeEach
    void open_a_store() {
        FileDigests digests = new FileDigests(data.resolve("digests"));
        models = data.resolve("models");
        hub =
                new ModelHub(
                        List.of(ModelRoot.ofData(data), ModelRoot.ofPlugin("portraits", data.resolve("plugin"), null)),
                        digests,
                        new TokenizerFiles());
        store = new ModelStore(data, hub, digests);
    }

    private static void put(ModelDraft draft, String path, byte[] content) throws IOException {
        Files.write(draft.part(path), content);
        draft.complete(path);
    }

    private static void put(ModelDraft draft, String path, String content) throws IOException {
        put(draft, path, content.getBytes());
    }

    private static byte[] large(float value) {
        return TinyModels.safetensors(value, shapes("weight", "200,200"));
    }

    private ModelDescription add(String id, float value) throws IOException {
        ModelDraft draft = store.draft(id);
        put(draft, "config.json", "{\"architectures\": [\"CLIPModel\"]}");
        put(draft, "model.safetensors", large(value));
        return store.install(draft);
    }

    private List<String> left() throws IOException {
        try (Stream<Path> all = Files.walk(models)) {
            return all.filter(Files::isRegularFile).map(file -> models.relativize(file).toString()).sorted().toList();
        }
    }

    @Test
    void a_draft_appears_whole_and_only_when_it_is_installed() throws IOException {
        ModelDraft draft = store.draft("ann/tiny");
        put(
                draft,
                "model_index.json",
                "{\"_class_name\": \"DDPMPipeline\", \"unet\": [\"diffusers\", \"UNet2DModel\"]}");
        put(draft, "unet/config.json", "{\"_class_name\": \"UNet2DModel\"}");
        put(draft, "unet/diffusion_pytorch_model.safetensors", large(1));
        assertThat(hub.ids()).isEmpty();
        assertThat(store.hasDraft("ann/tiny")).isTrue();

        ModelDescription added = store.install(draft);

        assertThat(added.family()).isEqualTo("DDPM");
        assertThat(added.parameters()).isEqualTo(40_000);
        assertThat(hub.ids()).containsExactly("ann/tiny");
        assertThat(store.hasDraft("ann/tiny")).isFalse();
    }

    @Test
    void one_file_of_weights_becomes_a_model_of_one_file() throws IOException {
        ModelDraft draft = store.draft("ann/x");
        put(draft, "whatever-name.safetensors", TinyModels.safetensors(1, shapes("a.lora_A.weight", "1,1")));

        assertThat(store.install(draft).family()).isEqualTo("LoRA");
        assertThat(models.resolve("ann/x.safetensors")).isRegularFile();
        assertThat(left()).containsExactly("ann/x.safetensors");
    }

    @Test
    void a_half_file_or_no_model_is_not_installed_and_the_draft_stays() throws IOException {
        ModelDraft half = store.draft("half");
        put(half, "config.json", "{\"architectures\": [\"CLIPModel\"]}");
        Files.write(half.part("model.safetensors"), new byte[10]);
        ModelDraft none = store.draft("none");
        put(none, "README.md", "# Nothing");
        ModelDraft broken = store.draft("broken");
        put(broken, "x.safetensors", "no safetensors");

        assertThatThrownBy(() -> store.install(half))
                .hasMessageContaining("The file model.safetensors of half is not whole.");
        assertThatThrownBy(() -> store.install(none)).hasMessageContaining(".incoming/none: this is no model");
        assertThatThrownBy(() -> store.install(broken)).hasMessageContaining("x.safetensors");
        assertThat(hub.ids()).isEmpty();
        assertThat(store.hasDraft("half")).isTrue();
    }

    @Test
    void equal_files_of_several_models_are_stored_once_and_live_as_long_as_one_of_them() throws IOException {
        add("a", 1);
        add("b", 1);
        add("c", 2);
        assertThat(models.resolve("a/model.safetensors")).hasSameBinaryContentAs(models.resolve("b/model.safetensors"));
        assertThat(Files.isSameFile(models.resolve("a/model.safetensors"), models.resolve("b/model.safetensors")))
                .isTrue();
        assertThat(Files.isSameFile(models.resolve("a/model.safetensors"), models.resolve("c/model.safetensors")))
                .isFalse();

        store.remove("a");
        store.remove("c");

        assertThat(hub.ids()).containsExactly("b");
        assertThat(hub.describe("b").problem()).isNull();
        assertThat(left()).hasSize(3).contains("b/config.json", "b/model.safetensors");
        store.remove("b");
        assertThat(left()).isEmpty();
    }

    @Test
    void a_shared_file_that_somebody_wrote_into_is_not_handed_on() throws IOException {
        add("a", 1);
        byte[] changed = large(1);
        changed[changed.length - 1] ^= 1;
        Files.write(models.resolve("a/model.safetensors"), changed);

        add("b", 1);

        assertThat(models.resolve("b/model.safetensors")).hasBinaryContent(large(1));
    }

    @Test
    void what_was_just_installed_is_not_read_again_for_its_digest() throws IOException {
        add("a", 1);

        FileDigests anew = new FileDigests(data.resolve("digests"));
        assertThat(anew.peek(models.resolve("a/model.safetensors"))).isNotNull();
    }

    @Test
    void a_name_is_taken_once_and_nothing_lies_inside_a_model() throws IOException {
        add("ann/tiny", 1);

        assertThatThrownBy(() -> store.draft("ann/tiny"))
                .hasMessage("There is a model \"ann/tiny\" already.")
                .isInstanceOfSatisfying(NodeException.class, e -> assertThat(e.code()).isEqualTo("model/exists"));
        assertThatThrownBy(() -> store.draft("ann/tiny/unet")).hasMessageContaining("would lie inside it");
    }

    @ParameterizedTest
    @ValueSource(strings = {"../x", "a/../../x", "/x", ".x", "a\\b", "a/b/c/d/e", "", "a//b", "x\u0000"})
    void a_hostile_name_is_refused(String id) {
        assertThatThrownBy(() -> store.draft(id))
                .isInstanceOfSatisfying(NodeException.class, e -> assertThat(e.code()).isEqualTo("model/bad-id"));
        assertThatThrownBy(() -> store.remove(id)).isInstanceOf(NodeException.class);
        assertThat(models.resolve(".incoming")).doesNotExist();
    }

    @ParameterizedTest
    @ValueSource(strings = {"../x.json", "a/../x", "/x", ".hidden", "a/.git", "a\\b", "a/b/c/d", "", "x.part"})
    void a_hostile_path_of_a_file_is_refused(String path) throws IOException {
        ModelDraft draft = store.draft("ann/tiny");

        assertThatThrownBy(() -> draft.part(path))
                .isInstanceOfSatisfying(NodeException.class, e -> assertThat(e.code()).isEqualTo("model/bad-path"));
    }

    @Test
    void a_linked_model_stays_where_it_is_and_only_the_link_is_removed() throws IOException {
        Path place = data.resolve("elsewhere/tiny");
        TinyModels.pipeline(place, 1);
        TinyModels.write(data.resolve("elsewhere/one.safetensors"), TinyModels.safetensors(1, shapes("a", "1")));

        assertThat(store.link(place, "ann/linked").parameters()).isEqualTo(14);
        assertThat(store.link(data.resolve("elsewhere/one.safetensors"), "one").problem()).isNull();
        assertThatThrownBy(() -> store.link(data.resolve("elsewhere"), "two")).hasMessageContaining("is no model");
        assertThat(hub.ids()).containsExactly("ann/linked", "one");
        store.remove("ann/linked");
        store.remove("one");
        assertThat(hub.ids()).isEmpty();
        assertThat(place.resolve("model_index.json")).exists();
        assertThat(data.resolve("elsewhere/one.safetensors")).exists();
    }

    @Test
    void what_was_not_added_is_not_removed() {
        TinyModels.network(data.resolve("plugin/clip"), 1);

        assertThatThrownBy(() -> store.remove("portraits/clip"))
                .hasMessage("The model portraits/clip comes with a plugin.");
        assertThatThrownBy(() -> store.remove("portraits/clop"))
                .isInstanceOfSatisfying(
                        NodeException.class, e -> assertThat(e.next()).contains("Did you mean \"portraits/clip\"?"));
    }

    @Test
    void a_draft_can_be_given_up_and_is_forgotten_after_a_week() throws IOException {
        put(store.draft("a"), "config.json", "{}");
        put(store.draft("b"), "config.json", "{}");
        store.remove("a");
        assertThat(store.hasDraft("a")).isFalse();

        store.sweep();
        assertThat(store.hasDraft("b")).isTrue();
        Files.setLastModifiedTime(
                models.resolve(".incoming/b"),
                java.nio.file.attribute.FileTime.from(java.time.Instant.now().minusSeconds(8 * 86_400)));
        store.sweep();
        assertThat(store.hasDraft("b")).isFalse();
    }
}
