// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.cache;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;

final class CacheFolderTest {
    private static final int BLOCK = 4096;

    @TempDir private Path folder;

    private static Path written(CacheFolder cache, Path file, int hoursAgo) throws IOException {
        cache.write(file, new byte[100]);
        return Files.setLastModifiedTime(file, FileTime.from(Instant.now().minusSeconds(3600L * hoursAgo)));
    }

    @Test
    void what_was_used_longest_ago_goes_first_of_whatever_kind() throws IOException {
        CacheFolder cache = new CacheFolder(folder.resolve("cache"), 4 * BLOCK);
        Path small = written(cache, cache.kind("pictures").resolve("small"), 4);
        Path note = written(cache, cache.kind("notes").resolve("note"), 3);
        Path used = written(cache, cache.kind("pictures").resolve("used"), 5);
        Path entry = written(cache, cache.kind("entries").resolve("ab/entry"), 2);

        assertThat(cache.use(used)).isTrue();
        Path next = written(cache, cache.kind("notes").resolve("next"), 0);
        Path last = written(cache, cache.kind("entries").resolve("cd/last"), 0);

        assertThat(small).doesNotExist();
        assertThat(note).doesNotExist();
        assertThat(cache.use(note)).isFalse();
        assertThat(entry).exists();
        assertThat(used).exists();
        assertThat(next).exists();
        assertThat(last).exists();
    }

    @Test
    void a_folder_that_was_deleted_meanwhile_is_made_again() throws IOException {
        CacheFolder cache = new CacheFolder(folder.resolve("cache"), 1 << 20);
        Path kind = cache.kind("pictures");
        Files.delete(kind);
        Files.delete(folder.resolve("cache"));

        cache.write(kind.resolve("small"), new byte[] {1});

        assertThat(kind.resolve("small")).hasBinaryContent(new byte[] {1});
    }
}
