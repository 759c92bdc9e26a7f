// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

import java.io.IOException;

class EmbeddingSpaceTest {
    @Test
    void the_same_weights_are_the_same_space_in_float32_and_float16() throws IOException {
        try (Checkpoint wide = CheckpointFiles.open(Fixtures.path("space-f32.safetensors"));
                Checkpoint half = CheckpointFiles.open(Fixtures.path("space-f16.safetensors"))) {
            assertThat(EmbeddingSpace.of(wide)).isEqualTo(EmbeddingSpace.of(half));
            assertThat(EmbeddingSpace.of(wide).text()).isNotEqualTo(EmbeddingSpace.of(wide).visual());
        }
    }

    @Test
    void a_model_with_both_towers_makes_one_space_of_models_with_either() throws IOException {
        try (Checkpoint clip = CheckpointFiles.open(Fixtures.path("space-f32.safetensors"))) {
            EmbeddingSpace text = EmbeddingSpace.of(TensorView.only(clip, name -> name.startsWith("text")));
            EmbeddingSpace visual = EmbeddingSpace.of(TensorView.only(clip, name -> name.startsWith("visual")));
            EmbeddingSpaces spaces = new EmbeddingSpaces();
            String early = spaces.identity(visual);
            assertThat(spaces.areSame(spaces.identity(text), early)).isFalse();

            spaces.register(EmbeddingSpace.of(clip));

            assertThat(spaces.identity(visual)).isEqualTo(spaces.identity(text));
            assertThat(spaces.areSame(spaces.identity(text), early)).isTrue();
            assertThatThrownBy(() -> spaces.identity(EmbeddingSpace.of(TensorView.only(clip, _ -> false))))
                    .hasMessageContaining("no embedding space");
        }
    }
}
