// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.value;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;

final class AssetStoreTest {
    @TempDir private Path folder;

    @Test
    void content_is_found_by_its_digest_after_reopening() throws IOException {
        String digest = new AssetStore(folder).write(new byte[] {1, 2});

        assertThat(new AssetStore(folder).write(new byte[] {1, 2})).isEqualTo(digest);
        assertThat(new AssetStore(folder).read(digest)).contains(new byte[] {1, 2});
        assertThat(folder.resolve("incoming")).isEmptyDirectory();
    }

    @Test
    void content_is_synced_when_it_was_received_and_the_folders_that_name_it_when_it_is_kept() throws IOException {
        AssetStore store = new AssetStore(folder);
        List<Path> synced = SyncedPaths.during(folder, () -> store.write(new byte[] {1}));

        Path file = store.find(Digests.of(new byte[] {1})).orElseThrow();
        assertThat(synced).hasSize(3).endsWith(file.getParent(), file.getParent().getParent());
        assertThat(synced.getFirst().getParent()).isEqualTo(folder.resolve("incoming"));

        assertThat(SyncedPaths.during(folder, () -> store.write(new byte[] {1})))
                .as("whoever wrote it first may not have come so far")
                .endsWith(file.getParent(), file.getParent().getParent());
    }

    @Test
    void too_much_is_refused_and_leaves_nothing() throws IOException {
        AssetStore store = new AssetStore(folder);

        assertThatThrownBy(() -> store.receive(new ByteArrayInputStream(new byte[11]), 10))
                .isInstanceOf(AssetStore.TooLargeException.class);
        assertThat(folder.resolve("incoming")).isEmptyDirectory();
    }

    @Test
    void what_was_received_and_not_kept_leaves_nothing() throws IOException {
        AssetStore store = new AssetStore(folder);

        try (AssetStore.Received received = store.receive(new ByteArrayInputStream(new byte[] {1}), 10)) {
            assertThat(received.digest()).isEqualTo(Digests.of(new byte[] {1}));
        }
        assertThat(store.find(Digests.of(new byte[] {1}))).isEmpty();
        assertThat(folder.resolve("incoming")).isEmptyDirectory();
    }

    @Test
    void what_is_written_again_or_touched_is_not_unused() throws IOException {
        AssetStore store = new AssetStore(folder);
        FileTime since = FileTime.from(Instant.now().minusSeconds(60));
        Path rewritten = old(store, 1);
        Path touched = old(store, 2);
        Path left = old(store, 3);

        store.write(new byte[] {1});
        assertThat(store.touch(touched.getFileName().toString())).isTrue();
        assertThat(store.touch(Digests.of("nothing"))).isFalse();

        try (Stream<Path> unused = store.unused(since)) {
            assertThat(unused).containsExactly(left);
        }
        assertThat(store.deleteUnused(rewritten, since)).isFalse();
        assertThat(store.deleteUnused(touched, since)).isFalse();
        assertThat(store.deleteUnused(left, since)).isTrue();
        assertThat(left).doesNotExist();
    }

    private static Path old(AssetStore store, int content) throws IOException {
        Path file = store.find(store.write(new byte[] {(byte) content})).orElseThrow();
        return Files.setLastModifiedTime(file, FileTime.from(Instant.now().minusSeconds(3600)));
    }

    @Test
    void a_path_is_no_digest() throws IOException {
        assertThat(new AssetStore(folder).find("../../etc/passwd")).isEmpty();
    }
}
