// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diptych.engine.value.Digests;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;

class FileDigestsTest {
    private static final FileTime LONG_AGO = FileTime.from(Instant.parse("2020-01-01T00:00:00Z"));

    @TempDir Path folder;

    private Path file;
    private Path index;

    @BeforeEach
    void write_a_file() throws IOException {
        file = Files.writeString(folder.resolve("weights"), "abc");
        Files.setLastModifiedTime(file, LONG_AGO);
        index = folder.resolve("state/digests.json");
    }

    @Test
    void remembers_a_digest_across_processes() throws IOException {
        assertThat(new FileDigests(index).of(file)).isEqualTo(Digests.of("abc"));
        Files.writeString(index, Files.readString(index).replace(Digests.of("abc"), "0".repeat(64)));

        assertThat(new FileDigests(index).of(file)).isEqualTo("0".repeat(64));
    }

    @Test
    void a_changed_or_replaced_file_is_read_again() throws IOException {
        FileDigests digests = new FileDigests(index);
        digests.of(file);
        Path other = Files.writeString(folder.resolve("other"), "abd");
        Files.setLastModifiedTime(other, LONG_AGO);
        Files.move(other, file, java.nio.file.StandardCopyOption.REPLACE_EXISTING);

        assertThat(digests.of(file)).isEqualTo(Digests.of("abd"));
    }

    @Test
    void a_file_that_changed_just_now_is_not_remembered() throws IOException {
        Files.setLastModifiedTime(file, FileTime.from(Instant.now()));
        new FileDigests(index).of(file);

        assertThat(index).doesNotExist();
    }

    @Test
    void a_damaged_index_is_made_anew() throws IOException {
        Files.createDirectories(index.getParent());
        Files.writeString(index, "{\"a\": ");

        assertThat(new FileDigests(index).of(file)).isEqualTo(Digests.of("abc"));
        assertThat(Files.readString(index)).contains(Digests.of("abc"));
    }
}
