// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.diptych.api.error.NodeException;
import dev.diptych.engine.model.checkpoint.pickle.PickleException;

import java.lang.foreign.MemorySegment;

/// Feeds bytes to the readers of files that strangers wrote: they are read, or refused with a reason. A build replays the corpora beside the class;
/// `JAZZER_FUZZ=1` looks for more.
final class CheckpointFuzzTest {
    @FuzzTest(maxDuration = "2m")
    void any_safetensors_header_is_true_of_its_file_or_refused(byte[] bytes) {
        try {
            SafetensorsHeader header = SafetensorsHeader.read(MemorySegment.ofArray(bytes), "file");
            long position = header.tensors().isEmpty() ? bytes.length : header.tensors().getFirst().begin();
            for (SafetensorsHeader.Entry entry : header.tensors()) {
                assertThat(entry.begin()).isEqualTo(position);
                assertThat(entry.end() - entry.begin()).isEqualTo(Shapes.bytes(entry.shape(), entry.type()));
                position = entry.end();
            }
            assertThat(position).isEqualTo(bytes.length);
        } catch (NodeException e) {
            assertThat(e.code()).isEqualTo("engine/bad-safetensors");
        }
    }

    @FuzzTest(maxDuration = "2m")
    void any_pickle_gives_tensors_within_it_or_is_refused(byte[] bytes) {
        try {
            TensorTree.tensors(PickleCheckpoint.read(MemorySegment.ofArray(bytes), "file"))
                    .values()
                    .forEach(tensor -> assertThat(tensor.data().byteSize()).isEqualTo(tensor.bytes()));
        } catch (NodeException e) {
            assertThat(e.code()).isEqualTo("engine/bad-zip");
        } catch (PickleException e) {
            assertThat(e.getMessage()).isNotBlank();
        }
    }

    @FuzzTest(maxDuration = "2m")
    void any_index_names_files_beside_it_or_is_refused(byte[] bytes) {
        ObjectNode json;
        try {
            json = JsonFiles.read(bytes, "file", "engine/bad-index");
        } catch (NodeException e) {
            assertThat(e.code()).isEqualTo("engine/bad-index");
            return;
        }
        try {
            assertThat(ShardIndex.read(json, "file").fileNames()).allMatch(FolderFiles::isPlainName);
        } catch (NodeException e) {
            assertThat(e.code()).isEqualTo("engine/bad-index");
        }
        try {
            assertThat(ModelIndex.read(json, "file").components())
                    .allMatch(entry -> FolderFiles.isPlainName(entry.name()));
        } catch (NodeException e) {
            assertThat(e.code()).isEqualTo("engine/bad-model-folder");
        }
    }
}
