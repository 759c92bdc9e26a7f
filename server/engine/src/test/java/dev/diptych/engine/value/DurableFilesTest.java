// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.value;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// That the rename lies between the syncs of the file and of the folder is not told by what was synced.
final class DurableFilesTest {
    @TempDir private Path folder;

    @Test
    void a_file_gets_its_name_synced_and_so_is_the_folder_that_holds_the_name() throws IOException {
        Path written = Files.writeString(Files.createDirectory(folder.resolve("work")).resolve("next"), "new");
        Path target = Files.writeString(Files.createDirectory(folder.resolve("kept")).resolve("file"), "old");

        assertThat(SyncedPaths.during(folder, () -> DurableFiles.put(written, target)))
                .containsExactly(written, folder.resolve("kept"));

        assertThat(target).hasContent("new");
        assertThat(written).doesNotExist();
    }

    @Test
    void a_folder_gets_its_name_with_all_in_it_synced_and_so_is_the_folder_that_holds_the_name() throws IOException {
        Path written = folder.resolve("next");
        Path deep = Files.createDirectories(written.resolve("deep"));
        Path one = Files.writeString(written.resolve("one"), "1");
        Path two = Files.writeString(deep.resolve("two"), "2");
        Path kept = Files.createDirectory(folder.resolve("kept"));

        assertThat(SyncedPaths.during(folder, () -> DurableFiles.putFolder(written, kept.resolve("it"))))
                .containsExactlyInAnyOrder(one, two, deep, written, kept)
                .containsSubsequence(two, deep, written, kept)
                .containsSubsequence(one, written);

        assertThat(kept.resolve("it/deep/two")).hasContent("2");
    }

    @Test
    void a_folder_takes_no_name_that_is_taken() throws IOException {
        Path written = Files.createDirectory(folder.resolve("next"));
        Path taken = Files.createDirectory(folder.resolve("taken"));
        Files.writeString(taken.resolve("file"), "old");

        assertThatThrownBy(() -> DurableFiles.putFolder(written, taken)).isInstanceOf(IOException.class);

        assertThat(written).exists();
        assertThat(taken.resolve("file")).hasContent("old");
    }

    @Test
    void each_folder_that_is_made_is_synced_in_the_one_above_it() throws IOException {
        Path made = folder.resolve("a/b");

        assertThat(SyncedPaths.during(folder, () -> DurableFiles.createFolders(made)))
                .containsExactly(folder, folder.resolve("a"));
        assertThat(SyncedPaths.during(folder, () -> DurableFiles.createFolders(made))).isEmpty();

        assertThat(made).isDirectory();
    }
}
