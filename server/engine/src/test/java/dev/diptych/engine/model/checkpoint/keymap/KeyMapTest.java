// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.checkpoint.keymap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diptych.api.error.NodeException;
import dev.diptych.engine.model.checkpoint.Checkpoint;
import dev.diptych.engine.model.checkpoint.CheckpointFiles;
import dev.diptych.engine.model.checkpoint.Fixtures;
import dev.diptych.engine.model.checkpoint.TensorView;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

class KeyMapTest {
    @ParameterizedTest
    @CsvSource({
        "clip-openai, clip-openai,",
        "ldm-unet, ldm-unet,",
        "ldm-unet-xl, ldm-unet,",
        "ldm-unet-unclip, ldm-unet, textTime=0",
        "ldm-vae, ldm-vae,",
        "karlo-prior, karlo-prior, head=2",
        "karlo-unet, karlo-unet, head=2 layers=2",
        "karlo-unet-upsampler, karlo-unet,",
        "attention-old-names, attention-old-names,"
    })
    void names_and_values_are_the_same_as_the_other_authors_in_both_directions(String files, String map, String given)
            throws IOException {
        try (Checkpoint left = CheckpointFiles.open(Fixtures.path("keymap/" + files + ".left.safetensors"));
                Checkpoint right = CheckpointFiles.open(Fixtures.path("keymap/" + files + ".right.safetensors"))) {
            assertSame(KeyMap.named(map).toRight(left, parameters(given)), right);
            assertSame(KeyMap.named(map).toLeft(right, parameters(given)), left);
        }
    }

    @Test
    void a_map_without_anything_to_do_changes_nothing() throws IOException {
        try (Checkpoint right = CheckpointFiles.open(Fixtures.path("keymap/clip-openai.right.safetensors"))) {
            assertSame(KeyMap.named("clip-openai").toRight(right, Map.of()), right);
            assertSame(KeyMap.named("clip-text-bare").toRight(right, Map.of()), right);
        }
    }

    @Test
    void a_tower_without_its_prefix_gets_it() throws IOException {
        try (Checkpoint clip = CheckpointFiles.open(Fixtures.path("keymap/clip-openai.right.safetensors"))) {
            Checkpoint bare = TensorView.under(clip, "text_model.");

            assertThat(KeyMap.named("clip-text-bare").toRight(bare, Map.of()).tensors())
                    .containsKeys(
                            "text_model.embeddings.token_embedding.weight", "text_model.encoder.layers.1.mlp.fc2.bias")
                    .hasSameSizeAs(bare.tensors());
        }
    }

    @Test
    void what_is_contiguous_is_not_copied() throws IOException {
        try (Checkpoint left = CheckpointFiles.open(Fixtures.path("keymap/clip-openai.left.safetensors"))) {
            var fused = left.tensors().get("transformer.resblocks.1.attn.in_proj_weight").data();
            var key =
                    KeyMap.named("clip-openai")
                            .toRight(left, Map.of())
                            .tensors()
                            .get("text_model.encoder.layers.1.self_attn.k_proj.weight")
                            .data();

            assertThat(key.address()).isEqualTo(fused.address() + fused.byteSize() / 3);
        }
    }

    @Test
    void says_which_tensor_has_not_the_shape_that_its_layout_needs() throws IOException {
        KeyMap map = read("expected = right via transpose");
        try (Checkpoint checkpoint = CheckpointFiles.open(Fixtures.path("every-type.safetensors"))) {
            assertThatThrownBy(() -> read("I32 = a + b + c + d + e + f + g via rows").toRight(checkpoint, Map.of()))
                    .isInstanceOfSatisfying(
                            NodeException.class, e -> assertThat(e.code()).isEqualTo("engine/bad-layout"))
                    .hasMessageContaining("\"I32\"");
            assertThatThrownBy(() -> read("scalar = a via transpose").toRight(checkpoint, Map.of()))
                    .hasMessageContaining("no matrix");
            assertThatThrownBy(() -> read("I32 = F32").toRight(checkpoint, Map.of()))
                    .hasMessageContaining("two of its tensors become");
            assertThatThrownBy(() -> read("parameter layers = count(none.{n}.)").toRight(checkpoint, Map.of()))
                    .hasMessageContaining("\"layers\" cannot be told");
            assertThat(map.toRight(checkpoint, Map.of()).tensors()).hasSameSizeAs(checkpoint.tensors());
        }
    }

    @Test
    void parts_of_a_fused_tensor_that_is_not_whole_keep_their_names() throws IOException {
        try (Checkpoint right = CheckpointFiles.open(Fixtures.path("keymap/clip-openai.right.safetensors"))) {
            String query = "text_model.encoder.layers.0.self_attn.q_proj.weight";
            Checkpoint lame = TensorView.only(right, name -> !name.equals(query.replace("q_proj", "v_proj")));

            assertThat(KeyMap.named("clip-openai").toLeft(lame, Map.of()).tensors())
                    .containsKey(query)
                    .doesNotContainKey("transformer.resblocks.0.attn.in_proj_weight");
        }
    }

    private static KeyMap read(String lines) throws IOException {
        return KeyMap.read("test", new ByteArrayInputStream(lines.getBytes(StandardCharsets.UTF_8)));
    }

    private static void assertSame(Checkpoint found, Checkpoint wanted) {
        assertThat(found.tensors().keySet()).containsExactlyInAnyOrderElementsOf(wanted.tensors().keySet());
        wanted.tensors()
                .forEach((name, tensor) -> {
                    assertThat(found.tensors().get(name).toString()).isEqualTo(tensor.toString());
                    assertThat(found.tensors().get(name).data().toArray(ValueLayout.JAVA_BYTE))
                            .as(name)
                            .isEqualTo(tensor.data().toArray(ValueLayout.JAVA_BYTE));
                });
    }

    private static Map<String, Integer> parameters(@org.jspecify.annotations.Nullable String given) {
        Map<String, Integer> parameters = new HashMap<>();
        if (given != null) {
            for (String pair : given.split(" ")) {
                parameters.put(
                        pair.substring(0, pair.indexOf('=')), Integer.valueOf(pair.substring(pair.indexOf('=') + 1)));
            }
        }
        return parameters;
    }
}
