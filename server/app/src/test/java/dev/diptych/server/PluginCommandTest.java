// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diptych.engine.value.Digests;
import dev.diptych.server.store.DataFolder;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

class PluginCommandTest {
    @TempDir private Path folder;

    private String out = "";
    private String err = "";

    private final String home = System.getProperty("diptych.home");

    @BeforeEach
    void leave_the_plugins_of_the_checkout_out() throws IOException {
        System.setProperty("diptych.home", Files.createDirectories(folder.resolve("home")).toString());
    }

    @AfterEach
    void bring_them_back() {
        System.setProperty("diptych.home", home);
    }

    private int run(String... arguments) {
        List<String> all = new ArrayList<>(List.of("plugin"));
        all.addAll(List.of(arguments));
        all.addAll(List.of("--data", folder.resolve("data").toString()));
        RanCommand ran = RanCommand.of(all);
        out = ran.out();
        err = ran.err();
        return ran.exit();
    }

    private Path installed() throws IOException {
        try (Stream<Path> files = Files.list(folder.resolve("data/plugins"))) {
            return files.filter(file -> file.toString().endsWith(".jar")).findFirst().orElseThrow();
        }
    }

    @Test
    void an_archive_is_added_listed_verified_and_removed() throws IOException {
        assertThat(run("add", TestPlugin.archive().toString())).as(err).isZero();
        assertThat(out).contains("test 1.0.0", "test/wait");
        assertThat(run("list")).isZero();
        assertThat(out).contains("test 1.0.0", "test/wait", "test/count");
        assertThat(run("verify")).isZero();
        assertThat(Files.readString(folder.resolve("data/plugins.lock")))
                .contains(installed().getFileName().toString());

        assertThat(run("remove", "test")).as(err).isZero();
        assertThat(run("list")).isZero();
        assertThat(out).doesNotContain("test/wait");
        assertThat(run("remove", "test")).isNotZero();
        assertThat(err).contains("No installed archive supplies test");
    }

    @Test
    void an_archive_that_changed_fails_the_verification_with_the_way_out() throws IOException {
        run("add", TestPlugin.archive().toString());
        Files.write(installed(), new byte[] {'P', 'K', 3, 4});

        assertThat(run("list")).isZero();
        assertThat(out).contains("broken: ", "diptych plugin add");
        assertThat(run("verify")).isEqualTo(1);
    }

    @Test
    void what_is_no_plugin_is_refused_and_what_is_not_there_named() throws IOException {
        Path text = Files.writeString(folder.resolve("text.zip"), "no archive");
        assertThat(run("add", text.toString())).isNotZero();
        assertThat(out + err).contains("text.zip");
        assertThat(run("add", folder.resolve("none.zip").toString())).isNotZero();
        assertThat(err).contains("There is no file", "none.zip");
        assertThat(run()).isNotZero();
        assertThat(err).contains("list, add, remove and verify");
    }

    @Test
    void who_changes_the_plugins_of_a_running_server_is_told_to_restart_it() throws IOException {
        try (DataFolder _ = DataFolder.lock(folder.resolve("data"))) {
            assertThat(run("add", TestPlugin.archive().toString())).as(err).isZero();
            assertThat(out).contains("A server runs on this data folder", "restarted");
            assertThat(run("remove", "test")).as(err).isZero();
            assertThat(out).contains("A server runs on this data folder", "restarted");
            assertThat(copies()).as("the server reads from it").isNotEmpty();
        }
        assertThat(run("add", TestPlugin.archive().toString())).as(err).isZero();
        assertThat(out).doesNotContain("server");
        assertThat(run("remove", "test")).as(err).isZero();
        assertThat(out).doesNotContain("server");
        assertThat(copies()).isEmpty();
    }

    private List<Path> copies() throws IOException {
        try (Stream<Path> copies = Files.list(folder.resolve("data/work/plugins"))) {
            return copies.toList();
        }
    }

    @Test
    void an_archive_that_changed_is_found_by_its_id() throws IOException {
        run("add", TestPlugin.archive().toString());
        Files.write(installed(), new byte[] {'P', 'K', 3, 4});

        assertThat(run("verify")).isEqualTo(1);
        assertThat(out).contains("test 1.0.0", "broken: its content changed since it was added");
        assertThat(run("remove", "test")).as(err).isZero();
        assertThat(run("verify")).isZero();
    }

    @Test
    void an_older_version_is_added_only_when_that_is_said() throws IOException {
        run("add", TestPlugin.archive().toString());
        Path older = withVersion("0.9.0");

        assertThat(run("add", older.toString())).isEqualTo(1);
        assertThat(out).contains("0.9.0", "1.0.0 is installed", "--allow-older");
        assertThat(run("add", "--allow-older", older.toString())).as(out + err).isZero();
        assertThat(run("list")).isZero();
        assertThat(out).contains("test 0.9.0").doesNotContain("test 1.0.0");
    }

    private Path withVersion(String version) throws IOException {
        Path archive = Files.copy(TestPlugin.archive(), folder.resolve("test-" + version + ".jar"));
        try (FileSystem jar = FileSystems.newFileSystem(archive)) {
            Path properties = jar.getPath("plugin.properties");
            Files.writeString(properties, Files.readString(properties).replace("1.0.0", version));
        }
        return archive;
    }

    @Test
    void a_copy_that_was_tampered_with_is_mended_by_the_verification() throws IOException {
        run("add", TestPlugin.archive().toString());
        Path nodes = nodesInCopy();
        byte[] before = Files.readAllBytes(nodes);
        Files.write(nodes, new byte[before.length]);

        assertThat(run("verify")).as(out).isZero();

        assertThat(nodes).hasBinaryContent(before);
    }

    @Test
    void a_start_without_one_that_is_refused_has_the_others_and_says_why() throws IOException {
        run("add", TestPlugin.archive().toString());
        Path refused = folder.resolve("data/plugins/refused.zip");
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(refused))) {
            zip.putNextEntry(new ZipEntry("lib/x.JAR"));
            zip.write(1);
        }
        Path lock = folder.resolve("data/plugins.lock");
        String digest = Digests.of(Files.readAllBytes(refused));
        Files.writeString(lock, Files.readString(lock).replaceFirst("\\{", "{\"refused.zip\": \"" + digest + "\","));

        assertThat(run("verify")).isEqualTo(1);
        assertThat(out)
                .contains(
                        "test 1.0.0",
                        "test/wait",
                        "refused.zip",
                        "broken: lib/x.JAR: it is damaged or no zip archive",
                        "download or build it again");
    }

    private Path nodesInCopy() throws IOException {
        try (Stream<Path> files = Files.walk(folder.resolve("data/work/plugins"))) {
            return files.filter(file -> file.endsWith("test/nodes/Nodes.class")).findFirst().orElseThrow();
        }
    }
}
