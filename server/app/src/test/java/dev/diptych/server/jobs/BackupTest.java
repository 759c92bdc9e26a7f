// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diptych.engine.cache.CacheFolder;
import dev.diptych.engine.value.ImageFiles;
import dev.diptych.server.assets.Assets;
import dev.diptych.server.store.Database;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

class BackupTest {
    @TempDir private Path folder;

    private Path data;
    private Path copy;
    private Path restored;
    private Database database;
    private Assets assets;
    private Backup backup;

    @BeforeEach
    void open() throws IOException {
        data = Files.createDirectories(folder.resolve("data"));
        copy = folder.resolve("copies/monday");
        restored = folder.resolve("restored");
        database = Database.open(data.resolve("diptych.db"));
        assets =
                new Assets(
                        database,
                        data.resolve("assets"),
                        new CacheFolder(data.resolve("cache"), 1 << 20),
                        new ImageFiles(1000));
        backup = new Backup(database, assets, data);
    }

    @AfterEach
    void close() {
        database.close();
    }

    private String add(int content) throws IOException {
        return assets.add(new ByteArrayInputStream(new byte[] {(byte) content}), 10, "ann", null).sha256();
    }

    @Test
    void what_was_backed_up_is_restored_whole() throws IOException {
        String sha256 = add(1);
        Files.writeString(Files.createDirectories(data.resolve("plugins")).resolve("a.zip"), "plugin");
        Files.writeString(data.resolve("plugins.lock"), "{}");
        Files.writeString(data.resolve("assets/incoming/upload"), "half");

        assertThat(backup.make(copy)).isEqualTo(4);
        assertThat(Backup.restore(copy, restored, false)).isEqualTo(4);

        assertThat(files(restored))
                .containsExactlyInAnyOrder(
                        "diptych.db",
                        "assets/sha256/" + sha256.substring(0, 2) + "/" + sha256,
                        "plugins/a.zip",
                        "plugins.lock");
        assertThat(files(copy)).containsExactlyInAnyOrderElementsOf(files(restored));
    }

    private static List<String> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile).map(file -> folder.relativize(file).toString()).toList();
        }
    }

    @Test
    void none_is_made_into_the_folder_that_is_copied_whatever_names_it() throws IOException {
        Files.createSymbolicLink(folder.resolve("link"), data.resolve("assets"));
        for (String inside : List.of("data/assets/copy", "link/a/copy", "none/../data", "data/../data/copy")) {
            assertThatThrownBy(() -> backup.make(folder.resolve(inside)))
                    .as(inside)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("in the data folder");
        }
        assertThat(backup.make(folder.resolve("data-copy"))).isEqualTo(1);
    }

    @Test
    void none_is_restored_into_itself() throws IOException {
        add(1);
        backup.make(copy);
        assertThatThrownBy(() -> Backup.restore(copy, copy.resolve("assets/restored"), false))
                .hasMessageContaining("is in the backup");
        assertThat(copy.resolve("assets/restored")).doesNotExist();
    }

    @Test
    void one_that_was_broken_off_is_not_restored() throws IOException {
        add(1);
        Files.createSymbolicLink(
                Files.createDirectories(data.resolve("plugins")).resolve("gone.zip"), folder.resolve("nothing"));

        assertThatThrownBy(() -> backup.make(copy)).isInstanceOf(IOException.class);

        assertThat(files(copy)).as("it came as far as the assets").anyMatch(file -> file.startsWith("assets/"));
        assertThatThrownBy(() -> Backup.restore(copy, restored, false)).hasMessageContaining("broken off");
        assertThat(restored).doesNotExist();
    }

    @Test
    void one_that_lacks_assets_is_restored_only_as_far_as_it_goes() throws IOException {
        String kept = add(1);
        for (int content = 2; content <= 4; content++) {
            String lost = add(content);
            backup.make(folder.resolve("copy-" + content));
            Files.delete(assets.file(lost).orElseThrow());
        }
        backup.make(copy);

        assertThat(Backup.restore(folder.resolve("copy-2"), folder.resolve("restored-2"), false)).isEqualTo(3);
        assertThatThrownBy(() -> Backup.restore(copy, restored, false))
                .hasMessageContaining("3 are missing or damaged");
        assertThat(restored).doesNotExist();

        assertThat(Backup.restore(copy, restored, true)).isEqualTo(2);
        assertThat(files(restored)).anyMatch(file -> file.endsWith(kept));
    }

    @Test
    void one_that_is_damaged_is_not_restored() throws IOException {
        String asset = add(1);
        backup.make(copy);
        Path file = copy.resolve("assets/sha256/" + asset.substring(0, 2) + "/" + asset);
        Files.writeString(file, "other");
        assertThatThrownBy(() -> Backup.restore(copy, restored, false))
                .hasMessageContaining("1 are missing or damaged");

        Files.writeString(copy.resolve("diptych.db"), "garbage");
        assertThatThrownBy(() -> Backup.restore(copy, restored, true))
                .hasMessageContaining("Cannot read the store's copy");
        assertThat(restored).doesNotExist();
    }

    @Test
    void a_folder_without_a_database_is_no_backup() {
        assertThatThrownBy(() -> Backup.restore(folder, restored, true)).hasMessageContaining("it has no diptych.db");
    }
}
