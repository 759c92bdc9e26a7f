// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.plugin;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;

class BuildScanTest {
    private static final String MARK = "Lorg/pf4j/Extension;";

    @TempDir private Path folder;

    @BeforeEach
    void classes_of_yesterday() throws IOException {
        write("classes/a/Marked.class", "..." + MARK + "...", 100_000);
        write("classes/a/Plain.class", "......", 100_000);
        write("lib/library.jar", "jar", 100_000);
    }

    private Path write(String name, String text, long secondsAgo) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
        return Files.setLastModifiedTime(file, FileTime.from(Instant.now().minusSeconds(secondsAgo)));
    }

    @Test
    void classes_that_name_an_annotation_are_marked() throws IOException {
        assertThat(BuildScan.of(folder).marked()).containsExactly("a.Marked");
    }

    @Test
    void a_second_start_reads_no_class() throws IOException {
        BuildScan first = BuildScan.of(folder);
        Path remembered = folder.resolve("scan.txt");
        Files.writeString(
                remembered,
                Files.readString(remembered).replace(first.digest(), "remembered").replace("a.Marked", "a.Known"));
        assertThat(BuildScan.of(folder)).isEqualTo(new BuildScan("remembered", java.util.List.of("a.Known")));
    }

    @Test
    void a_change_of_the_same_length_is_noticed() throws IOException {
        BuildScan before = BuildScan.of(folder);
        write("classes/a/Plain.class", ".!.!.!", 50_000);
        BuildScan after = BuildScan.of(folder);
        assertThat(after.digest()).isNotEqualTo(before.digest());
        assertThat(after.marked()).isEqualTo(before.marked());
    }

    @Test
    void added_removed_and_renamed_files_are_noticed() throws IOException {
        BuildScan before = BuildScan.of(folder);
        write("classes/a/More.class", MARK, 50_000);
        BuildScan more = BuildScan.of(folder);
        assertThat(more.marked()).containsExactly("a.Marked", "a.More");
        Files.delete(folder.resolve("classes/a/More.class"));
        assertThat(BuildScan.of(folder)).isEqualTo(before);
        Files.move(folder.resolve("lib/library.jar"), folder.resolve("lib/other.jar"));
        assertThat(BuildScan.of(folder).digest()).isNotEqualTo(before.digest());
    }

    @Test
    void what_changed_just_now_is_not_remembered() throws IOException {
        write("classes/a/Plain.class", "edited", 0);
        BuildScan.of(folder);
        assertThat(folder.resolve("scan.txt")).doesNotExist();
    }

    @Test
    void a_folder_without_classes_has_none_that_are_marked(@TempDir Path empty) throws IOException {
        assertThat(BuildScan.of(empty).marked()).isEmpty();
    }

    @Test
    void a_damaged_memory_is_not_believed() throws IOException {
        BuildScan scan = BuildScan.of(folder);
        Files.writeString(folder.resolve("scan.txt"), "nonsense");
        assertThat(BuildScan.of(folder)).isEqualTo(scan);
    }
}
