// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.plugin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diptych.engine.plugin.PluginReport.State;
import dev.diptych.engine.value.Digests;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;

/// What is loaded is what the archive holds, whatever became of the copy that was unpacked of it.
final class PluginCopiesTest {
    @TempDir private Path made;

    @TempDir private Path data;

    private PluginFolders folders;
    private Path one;
    private Path copy;

    @BeforeEach
    void two_plugins() throws IOException {
        folders = new PluginFolders(null, data, "0.1.0");
        one = PluginSource.saying("one", "say", "1").zip(made);
        add(one);
        add(PluginSource.saying("two", "say", "2").zip(made));
        copy = folders.work().resolve(Digests.of(one));
    }

    private void add(Path archive) throws IOException {
        assertThat(PluginHost.add(archive, folders, false).state()).isEqualTo(State.LOADED);
    }

    private String contentOfCopy() throws IOException {
        StringBuilder content = new StringBuilder();
        try (Stream<Path> files = Files.walk(copy)) {
            for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
                content.append(copy.relativize(file)).append(' ').append(Digests.of(file)).append('\n');
            }
        }
        return content.toString();
    }

    private List<State> states() throws IOException {
        try (PluginHost host = PluginHost.open(folders)) {
            return host.reports().stream().map(PluginReport::state).toList();
        }
    }

    @FunctionalInterface
    private interface Change {
        void make(Path nodeClass) throws IOException;
    }

    private void assertMended(Change change) throws IOException {
        String before = contentOfCopy();
        change.make(copy.resolve("classes/probe/Says.class"));
        assertThat(states()).containsExactly(State.LOADED, State.LOADED);
        assertThat(contentOfCopy()).isEqualTo(before);
    }

    @Test
    void a_file_with_other_bytes_of_the_same_length_and_time_is_unpacked_again() throws IOException {
        assertMended(nodeClass -> {
            FileTime time = Files.getLastModifiedTime(nodeClass);
            byte[] bytes = Files.readAllBytes(nodeClass);
            bytes[bytes.length / 2] ^= 1;
            Files.write(nodeClass, bytes);
            Files.setLastModifiedTime(nodeClass, time);
        });
    }

    @Test
    void a_file_that_a_power_cut_left_empty_is_unpacked_again() throws IOException {
        assertMended(nodeClass -> Files.write(nodeClass, new byte[0]));
    }

    @Test
    void a_missing_file_is_unpacked_again() throws IOException {
        assertMended(Files::delete);
    }

    @Test
    void a_file_that_no_archive_brought_is_taken_away() throws IOException {
        assertMended(nodeClass -> Files.writeString(nodeClass.resolveSibling("Besides.class"), "class"));
    }

    @Test
    void a_link_does_not_stand_for_a_file() throws IOException {
        assertMended(nodeClass -> {
            Path elsewhere = made.resolve("Says.class");
            Files.move(nodeClass, elsewhere);
            Files.createSymbolicLink(nodeClass, elsewhere);
        });
        assertThat(copy.resolve("classes/probe/Says.class"))
                .isRegularFile()
                .satisfies(file -> assertThat(Files.isSymbolicLink(file)).isFalse());
    }

    @Test
    void a_copy_without_a_manifest_or_with_a_damaged_one_is_unpacked_again() throws IOException {
        Path manifest = folders.work().resolve(copy.getFileName() + ".json");
        assertMended(nodeClass -> {
            Files.write(nodeClass, new byte[1]);
            Files.delete(manifest);
        });
        assertMended(nodeClass -> {
            Files.write(nodeClass, new byte[1]);
            Files.writeString(manifest, "{\"files\": ");
        });
    }

    @Test
    void a_copy_that_passed_other_rules_is_looked_into_again() throws IOException {
        Path manifest = folders.work().resolve(copy.getFileName() + ".json");
        String now = "\"rules\":" + ArchiveCheck.RULES + ",";
        Files.writeString(manifest, Files.readString(manifest).replace(now, "\"rules\":0,"));
        FileTime before = Files.getLastModifiedTime(manifest);

        assertThat(states()).containsExactly(State.LOADED, State.LOADED);

        assertThat(Files.readString(manifest)).contains(now);
        assertThat(Files.getLastModifiedTime(manifest)).isGreaterThanOrEqualTo(before);
    }

    @Test
    void a_whole_copy_is_neither_checked_nor_unpacked_again() throws IOException {
        FileTime before = FileTime.from(Instant.now().minus(Duration.ofDays(7)));
        Files.setLastModifiedTime(copy, before);

        assertThat(states()).containsExactly(State.LOADED, State.LOADED);

        assertThat(Files.getLastModifiedTime(copy)).isEqualTo(before);
    }

    @Test
    void what_add_refuses_leaves_no_copy_behind() throws IOException {
        List<Path> before = listed();

        for (PluginSource refused :
                List.of(
                        PluginSource.saying("three", "say", "3").needs("other"),
                        PluginSource.saying("three", "say", "3").property("plugin.requires", "9.0.0"),
                        PluginSource.saying("three", "say", "3").version("new"))) {
            assertThat(PluginHost.add(refused.zip(made, "three.zip"), folders, false).state()).isEqualTo(State.BROKEN);
        }

        assertThat(listed()).isEqualTo(before);
    }

    @Test
    void a_removed_plugin_stays_readable_for_who_has_it_loaded_and_is_deleted_afterwards() throws IOException {
        PluginHost.remove("one", folders);

        assertThat(copy.resolve("classes/probe/Says.class")).exists();

        PluginHost.deleteRemoved(folders);

        assertThat(copy).doesNotExist();
        assertThat(listed()).noneMatch(file -> file.toString().startsWith(copy.toString()));
        assertThat(states()).containsExactly(State.LOADED);
    }

    @Test
    void a_plugin_that_is_added_again_after_its_removal_keeps_its_copy() throws IOException {
        PluginHost.remove("one", folders);
        add(one);

        PluginHost.deleteRemoved(folders);

        assertThat(copy.resolve("classes/probe/Says.class")).exists();
        assertThat(states()).containsExactly(State.LOADED, State.LOADED);
    }

    @Test
    void the_copy_of_a_replaced_archive_is_deleted_and_that_of_a_renamed_one_kept() throws IOException {
        add(Files.copy(one, made.resolve("renamed.zip")));
        PluginHost.deleteRemoved(folders);

        assertThat(copy).exists();

        add(PluginSource.saying("one", "say", "new").version("1.1.0").zip(made));
        PluginHost.deleteRemoved(folders);

        assertThat(copy).doesNotExist();
        assertThat(states()).containsExactly(State.LOADED, State.LOADED);
    }

    @Test
    void what_a_crash_left_half_unpacked_is_deleted_after_a_day() throws IOException {
        Path old = Files.createDirectories(folders.work().resolve("next1"));
        Files.writeString(old.resolve("plugin.properties"), "plugin.id=");
        Files.setLastModifiedTime(old, FileTime.from(Instant.now().minus(Duration.ofHours(25))));
        Path underWay = Files.createDirectories(folders.work().resolve("next2"));

        PluginHost.deleteRemoved(folders);

        assertThat(old).doesNotExist();
        assertThat(underWay).exists();
    }

    private List<Path> listed() throws IOException {
        try (Stream<Path> files = Files.list(folders.work())) {
            return files.sorted().toList();
        }
    }
}
