// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;

class ShardedCheckpointTest {
    private static final String INDEX = "model.safetensors.index.json";

    @TempDir Path folder;

    @BeforeEach
    void copy_the_files() throws IOException {
        for (String name :
                new String[] {INDEX, "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"}) {
            Files.copy(Fixtures.path("sharded/" + name), folder.resolve(name));
        }
    }

    @Test
    void joins_the_tensors_of_all_files() throws IOException {
        try (Checkpoint checkpoint = CheckpointFiles.open(folder.resolve(INDEX))) {
            assertThat(checkpoint.tensors().keySet()).containsExactlyInAnyOrder("a", "b", "c");
            assertThat(checkpoint.tensors().get("a").data().toArray(ValueLayout.JAVA_FLOAT_UNALIGNED))
                    .containsExactly(0, 1, 2);
            assertThat(checkpoint.metadata()).containsEntry("total_size", "32");
        }
    }

    @Test
    void refuses_an_index_that_does_not_match_its_files() throws IOException {
        index(
                "{\"weight_map\":{\"a\":\"model-00001-of-00002.safetensors\",\"b\":\"model-00001-of-00002.safetensors\",\"c\":\"other\"}}");
        assertRefused("the file \"other\" is missing");

        index("{\"weight_map\":{\"a\":\"model-00001-of-00002.safetensors\"}}");
        assertRefused("holds the tensor \"b\", which the index does not place there");

        index(
                "{\"weight_map\":{\"c\":\"model-00002-of-00002.safetensors\",\"d\":\"model-00002-of-00002.safetensors\"}}");
        assertRefused("the tensor \"d\" is not in");
    }

    @Test
    void refuses_names_that_leave_the_folder() throws IOException {
        for (String name : new String[] {"../x.safetensors", "/etc/passwd", "a/b", "..", "", "a\\\\b", "C:x"}) {
            index("{\"weight_map\":{\"c\":\"" + name + "\"}}");
            assertRefused("the name of a file beside the index is needed");
        }
        index("{\"weight_map\":{\"c\":3}}");
        assertRefused("the name of a file beside the index is needed");
        index("{}");
        assertRefused("\"weight_map\" is needed");
    }

    @Test
    void tells_pointers_of_git_lfs_from_checkpoints() throws IOException {
        Files.writeString(
                folder.resolve("model-00002-of-00002.safetensors"),
                "version https://git-lfs.github.com/spec/v1\noid sha256:0\n");
        assertRefused("pointer of Git LFS");
    }

    private void index(String json) throws IOException {
        Files.writeString(folder.resolve(INDEX), json);
    }

    private void assertRefused(String reason) {
        assertThatThrownBy(() -> CheckpointFiles.open(folder.resolve(INDEX)).close()).hasMessageContaining(reason);
    }
}
