// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.plugin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.diptych.engine.plugin.PluginReport.State;
import dev.diptych.engine.value.Digests;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/// What may be installed, and what happens to the rest: nothing.
final class ArchiveTest {
    @TempDir private Path made;

    @TempDir private Path data;

    private PluginFolders folders;

    @BeforeEach
    void folders() {
        folders = new PluginFolders(null, data, "0.1.0");
    }

    private PluginReport add(Path archive) throws IOException {
        return PluginHost.add(archive, folders, false);
    }

    private List<PluginReport> reports() throws IOException {
        try (PluginHost host = PluginHost.open(folders)) {
            return host.reports();
        }
    }

    private void assertRefused(Path archive, String reason, String fix) throws IOException {
        PluginReport report = add(archive);

        assertThat(report.state()).isEqualTo(State.BROKEN);
        assertThat(report.reason()).isEqualTo(reason);
        assertThat(report.fix()).isEqualTo(fix);
        assertThat(reports()).isEmpty();
        assertThat(folders.archives().resolve(archive.getFileName())).doesNotExist();
        assertThat(folders.lockFile()).doesNotExist();
        if (Files.exists(folders.work())) {
            assertThat(folders.work()).isEmptyDirectory();
        }
    }

    @Test
    void a_zip_and_a_plain_jar_are_installed_and_loaded() throws IOException {
        PluginReport zip = add(PluginSource.saying("one", "say", "1").zip(made));
        PluginReport jar = add(PluginSource.saying("two", "say", "2").jar(made));

        assertThat(zip.state()).isEqualTo(State.LOADED);
        assertThat(zip.version()).isEqualTo("1.0.0");
        assertThat(zip.nodes()).containsExactly("one/say");
        assertThat(zip.digest()).matches("[0-9a-f]{64}");
        assertThat(jar.nodes()).containsExactly("two/say");
        assertThat(reports()).containsExactly(zip, jar);
    }

    @Test
    void an_archive_that_came_with_a_release_loads_from_there_unpinned_beside_those_that_were_added()
            throws IOException {
        Path bundled = PluginSource.saying("one", "say", "1").zip(Files.createDirectories(made.resolve("plugins")));
        PluginReport added = add(PluginSource.saying("two", "say", "2").zip(made));
        folders = new PluginFolders(made, data, "0.1.0");

        assertThat(reports())
                .extracting(PluginReport::id, PluginReport::source, PluginReport::state)
                .containsExactly(
                        tuple("one", bundled.toString(), State.LOADED), tuple("two", added.source(), State.LOADED));

        Files.write(bundled, new byte[100]);

        assertThat(reports())
                .extracting(PluginReport::state, PluginReport::fix)
                .contains(tuple(State.BROKEN, "Unpack this release of Diptych again."));
    }

    @Test
    void a_jar_may_say_who_it_is_in_its_manifest() throws IOException {
        PluginSource source =
                PluginSource.saying("one", "say", "1").withoutProperty("plugin.id").withoutProperty("plugin.version");
        Path classes = source.compileTo(made.resolve("classes"));
        Files.delete(classes.resolve("plugin.properties"));
        Path jar = made.resolve("one.jar");
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(jar));
                Stream<Path> files = Files.walk(classes)) {
            zip.putNextEntry(new ZipEntry("META-INF/MANIFEST.MF"));
            zip.write(PluginSource.bytes("Manifest-Version: 1.0\nPlugin-Id: one\nPlugin-Version: 2.0.0\n"));
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                zip.putNextEntry(new ZipEntry(classes.relativize(file).toString()));
                zip.write(Files.readAllBytes(file));
            }
        }

        assertThat(add(jar)).returns("one", PluginReport::id).returns("2.0.0", PluginReport::version);
    }

    @ParameterizedTest
    @ValueSource(strings = {"../evil.txt", "classes/../../evil.txt", "/evil.txt", "a\\..\\evil.txt", "C:evil.txt"})
    void an_entry_that_leaves_the_folder_is_refused_and_nothing_is_written(String entry) throws IOException {
        Path archive = PluginSource.saying("one", "say", "1").file(entry, PluginSource.bytes("evil")).zip(made);

        assertRefused(archive, "the entry \"" + entry + "\" leaves the archive's folder", "do not install it");
        try (Stream<Path> files = Files.walk(data)) {
            assertThat(files.map(path -> path.getFileName().toString())).doesNotContain("evil.txt");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"lib/libx.so", "classes/native/libx.so.1.2", "classes/x.DLL", "libx.dylib", "x.jnilib"})
    void an_archive_with_a_native_library_is_refused(String entry) throws IOException {
        Path archive = PluginSource.saying("one", "say", "1").file(entry, new byte[1]).zip(made);

        assertRefused(
                archive,
                "it brings the native library " + entry,
                "a native library can live in one loader only: its author removes it and uses the server's models API");
    }

    @ParameterizedTest
    @CsvSource({
        "classes/dev/diptych/api/node/Node.class",
        "classes/ai/djl/Model.class",
        "classes/org/slf4j/Logger.class",
        "classes/org/pf4j/Plugin.class"
    })
    void an_archive_with_classes_that_the_server_supplies_is_refused(String entry) throws IOException {
        Path archive = PluginSource.saying("one", "say", "1").file(entry, new byte[1]).zip(made);

        assertRefused(
                archive,
                "it brings " + entry + ", which the server supplies",
                "its author gives that dependency the scope \"provided\"");
    }

    @Test
    void a_library_in_the_archive_is_looked_into() throws IOException {
        assertRefused(
                PluginSource.saying("one", "say", "1").file("lib/x.jar", jar("org/slf4j/Logger.class")).zip(made),
                "lib/x.jar: it brings org/slf4j/Logger.class, which the server supplies",
                "its author gives that dependency the scope \"provided\"");
        assertRefused(
                PluginSource.saying("one", "say", "1").file("lib/x.jar", jar("META-INF/native/libx.so")).zip(made),
                "lib/x.jar: it brings the native library META-INF/native/libx.so",
                "a native library can live in one loader only: its author removes it and uses the server's models API");
    }

    @ParameterizedTest
    @ValueSource(strings = {"lib/x.JAR", "lib/deep/x.Jar", "x.jAr"})
    void a_library_is_looked_into_whatever_the_case_of_its_name(String entry) throws IOException {
        assertRefused(
                PluginSource.saying("one", "say", "1").file(entry, jar("META-INF/native/libx.so")).zip(made),
                entry + ": it brings the native library META-INF/native/libx.so",
                "a native library can live in one loader only: its author removes it and uses the server's models API");
    }

    @Test
    void a_library_is_looked_into_whatever_comes_before_its_content() throws IOException {
        ByteArrayOutputStream executable = new ByteArrayOutputStream();
        executable.writeBytes(PluginSource.bytes("#!/bin/sh\nexec java -jar $0\n"));
        executable.writeBytes(jar("dev/diptych/api/Zed.class"));

        assertRefused(
                PluginSource.saying("one", "say", "1").file("lib/x.jar", executable.toByteArray()).zip(made),
                "lib/x.jar: it brings dev/diptych/api/Zed.class, which the server supplies",
                "its author gives that dependency the scope \"provided\"");
    }

    @Test
    void a_library_that_is_no_jar_or_a_damaged_one_is_refused() throws IOException {
        byte[] damaged = jar("a.txt");
        damaged[36] ^= 0x55; // in the compressed content, behind 30 bytes of header and 5 of name
        for (byte[] library : List.of(PluginSource.bytes("garbage"), new byte[0], damaged)) {
            PluginReport report = add(PluginSource.saying("one", "say", "1").file("lib/x.jar", library).zip(made));

            assertThat(report.state()).isEqualTo(State.BROKEN);
            assertThat(report.reason()).startsWith("lib/x.jar: it is damaged or no zip archive (");
            assertThat(report.fix()).isEqualTo("download or build it again");
            assertThat(folders.work()).isEmptyDirectory();
        }
    }

    @Test
    void a_library_that_says_that_it_unpacks_to_more_than_2_GiB_is_refused_at_once() throws IOException {
        byte[] bomb = jar("a.txt");
        int sizeInContents = bomb.length - 22 - 51 + 24; // the end takes 22 bytes, the only entry 46 and its name
        ByteBuffer.wrap(bomb).order(ByteOrder.LITTLE_ENDIAN).putInt(sizeInContents, Integer.MIN_VALUE + 1);

        assertRefused(
                PluginSource.saying("one", "say", "1").file("lib/x.jar", bomb).zip(made),
                "lib/x.jar: it unpacks to more than 100000 files or 2 GiB",
                "ask its author for a smaller archive");
    }

    @Test
    void what_libraries_unpack_to_is_counted_whatever_they_say() throws IOException {
        Files.write(Files.createDirectories(made.resolve("lib")).resolve("one.jar"), zeros(600));
        Files.write(made.resolve("lib/two.jar"), zeros(600));

        ArchiveCheck.checkJars(made, new UnpackedSize(1200, 2));

        assertThatThrownBy(() -> ArchiveCheck.checkJars(made, new UnpackedSize(1199, 2)))
                .isInstanceOf(BrokenPluginException.class)
                .hasMessageStartingWith("lib/two.jar: it unpacks to more than");
        assertThatThrownBy(() -> ArchiveCheck.checkJars(made, new UnpackedSize(1200, 1)))
                .isInstanceOf(BrokenPluginException.class)
                .hasMessageStartingWith("lib/two.jar: it unpacks to more than");
    }

    @Test
    void the_files_of_an_archive_and_of_its_libraries_are_counted_together() throws IOException {
        assertRefused(
                PluginSource.saying("one", "say", "1").file("lib/x.jar", empty(100_000)).zip(made),
                "lib/x.jar: it unpacks to more than 100000 files or 2 GiB",
                "ask its author for a smaller archive");
    }

    /// A jar of files without content.
    private static byte[] empty(int files) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            for (int i = 0; i < files; i++) {
                zip.putNextEntry(new ZipEntry(Integer.toString(i)));
            }
        }
        return bytes.toByteArray();
    }

    @Test
    void an_archive_that_is_pinned_and_would_be_refused_is_reported_and_costs_no_other_plugin() throws IOException {
        PluginReport other = add(PluginSource.saying("two", "say", "2").zip(made));
        Path installed =
                PluginSource.saying("one", "say", "1")
                        .file("lib/x.JAR", jar("META-INF/native/libx.so"))
                        .zip(folders.archives());
        PluginLock.read(folders.lockFile())
                .pin("one-1.0.0.zip", new PluginLock.Pin(Digests.of(installed), "one", "1.0.0"));

        assertThat(reports())
                .containsExactly(
                        PluginReport.broken(
                                "one",
                                "1.0.0",
                                installed.toString(),
                                "lib/x.JAR: it brings the native library META-INF/native/libx.so",
                                "a native library can live in one loader only: its author removes it and uses the server's models API"),
                        other);
    }

    /// With a table of contents that says 0 bytes.
    private static byte[] zeros(int count) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            zip.putNextEntry(new ZipEntry("a.txt"));
            zip.write(new byte[count]);
        }
        byte[] jar = bytes.toByteArray();
        ByteBuffer.wrap(jar).order(ByteOrder.LITTLE_ENDIAN).putInt(jar.length - 22 - 51 + 24, 0);
        return jar;
    }

    private static byte[] jar(String entry) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            zip.putNextEntry(new ZipEntry(entry));
            zip.write(1);
        }
        return bytes.toByteArray();
    }

    @Test
    void a_folder_may_occur_twice_in_a_path() throws IOException {
        Path archive = PluginSource.saying("one", "say", "1").file("classes/a/a/x.txt", new byte[1]).zip(made);

        assertThat(add(archive).state()).isEqualTo(State.LOADED);
    }

    @Test
    void an_archive_that_ends_too_early_is_refused() throws IOException {
        Path archive = PluginSource.saying("one", "say", "1").zip(made);
        byte[] whole = Files.readAllBytes(archive);
        Files.write(archive, Arrays.copyOf(whole, whole.length / 2));

        PluginReport report = add(archive);

        assertThat(report.reason()).startsWith("it is damaged or no zip archive (");
        assertThat(report.fix()).isEqualTo("download or build it again");
    }

    /// The table of contents at its end is whole, so only unpacking shows it.
    @Test
    void an_archive_whose_content_is_damaged_is_refused_and_leaves_nothing_behind() throws IOException {
        Path archive =
                PluginSource.zipped(
                        made.resolve("one.zip"),
                        Map.of("plugin.properties", PluginSource.bytes("plugin.id=one\nplugin.version=1.0.0\n")));
        byte[] content = Files.readAllBytes(archive);
        for (int i = 50; i < 60; i++) {
            content[i] ^= 0x55;
        }
        Files.write(archive, content);

        PluginReport report = add(archive);

        assertThat(report.state()).isEqualTo(State.BROKEN);
        assertThat(report.reason()).startsWith("it cannot be unpacked (");
        assertThat(folders.work()).isEmptyDirectory();
    }

    @Test
    void an_archive_that_says_nothing_about_itself_is_refused() throws IOException {
        assertRefused(
                PluginSource.zipped(made.resolve("photos.zip"), Map.of("a.txt", new byte[1])),
                "it has no plugin.properties that can be read",
                "Its author puts one with plugin.id and plugin.version into src/main/resources.");
        assertRefused(
                new PluginSource("one").property("plugin.id", "One!").zip(made, "x.zip"),
                "its plugin.id \"One!\" is no id",
                "Its author writes plugin.id in lower case, digits and hyphens, as in plugin.id=vignette.");
        assertRefused(
                new PluginSource("one").version("new").zip(made, "x.zip"),
                "its plugin.version \"new\" is no version",
                "Its author writes plugin.version as three numbers, as in plugin.version=1.2.0.");
        assertRefused(
                new PluginSource("one").zip(made, "one.tar"),
                "a plugin archive is a .zip or .jar file",
                "Give the archive that the plugin's build makes.");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.1.0", ">=0.1.0", ">=0.0.1 & <1.0.0", "*"})
    void a_plugin_for_this_version_of_the_api_is_loaded(String requires) throws IOException {
        Path archive = PluginSource.saying("one", "say", "1").property("plugin.requires", requires).zip(made);

        assertThat(add(archive).state()).isEqualTo(State.LOADED);
    }

    @Test
    void a_plugin_for_another_version_of_the_api_is_refused() throws IOException {
        assertRefused(
                PluginSource.saying("one", "say", "1").property("plugin.requires", "0.2.0").zip(made),
                "it needs version 0.2.0 of the plugin API, this is 0.1.0",
                "Install a version of the plugin that was made for this Diptych.");
        assertRefused(
                PluginSource.saying("one", "say", "1").property("plugin.requires", "new ones").zip(made),
                "its plugin.requires \"new ones\" is no range of versions",
                "Its author writes the oldest version of the plugin API that it works with, as in plugin.requires=0.1.0.");
    }

    @Test
    void an_archive_that_changed_after_it_was_pinned_is_not_loaded() throws IOException {
        add(PluginSource.saying("one", "say", "1").zip(made));
        add(PluginSource.saying("two", "say", "2").zip(made));
        Path installed = folders.archives().resolve("one-1.0.0.zip");
        String pinned = Digests.of(installed);
        Files.copy(
                PluginSource.saying("one", "say", "something else").zip(made),
                installed,
                StandardCopyOption.REPLACE_EXISTING);

        List<PluginReport> reports = reports();

        assertThat(reports).extracting(PluginReport::state).containsExactly(State.BROKEN, State.LOADED);
        assertThat(reports.getFirst().reason())
                .isEqualTo(
                        "its content changed since it was added (SHA-256 %s, pinned %s)"
                                .formatted(Digests.of(installed), pinned));
        assertThat(reports.getFirst().fix()).isEqualTo("If you changed it, run: diptych plugin add " + installed);

        assertThat(add(installed).state()).isEqualTo(State.LOADED);
        assertThat(reports()).extracting(PluginReport::state).containsOnly(State.LOADED);
    }

    @Test
    void an_archive_that_was_put_into_the_folder_by_hand_is_not_loaded() throws IOException {
        Path archive = PluginSource.saying("one", "say", "1").zip(Files.createDirectories(folders.archives()));

        assertThat(reports())
                .singleElement()
                .returns(State.BROKEN, PluginReport::state)
                .returns("it was put into the folder by hand and is not pinned", PluginReport::reason)
                .returns("Run: diptych plugin add " + archive, PluginReport::fix);
    }

    @Test
    void a_newer_archive_takes_the_place_of_the_older_one() throws IOException {
        add(PluginSource.saying("one", "say", "1").zip(made));

        PluginReport newer = add(PluginSource.saying("one", "say", "2").version("1.1.0").zip(made));

        assertThat(reports()).containsExactly(newer);
        assertThat(newer.version()).isEqualTo("1.1.0");
        assertThat(folders.archives().resolve("one-1.0.0.zip")).doesNotExist();
        assertThat(Files.readString(folders.lockFile())).doesNotContain("one-1.0.0.zip").contains("one-1.1.0.zip");
    }

    @Test
    void an_older_archive_takes_the_place_of_a_newer_one_only_if_that_is_wanted() throws IOException {
        PluginReport newer = add(PluginSource.saying("one", "say", "2").version("2.0.0").zip(made, "new.zip"));
        Path archive = PluginSource.saying("one", "say", "1").zip(made, "old.zip");

        PluginReport refused = add(archive);

        assertThat(refused.state()).isEqualTo(State.BROKEN);
        assertThat(refused.reason()).isEqualTo("it is version 1.0.0 of the plugin one, and 2.0.0 is installed");
        assertThat(refused.fix())
                .isEqualTo("To go back to the older one, run: diptych plugin add --allow-older " + archive);
        assertThat(reports()).containsExactly(newer);

        PluginReport older = PluginHost.add(archive, folders, true);

        assertThat(older.state()).isEqualTo(State.LOADED);
        assertThat(reports()).containsExactly(older);
        assertThat(folders.archives().resolve("new.zip")).doesNotExist();
    }

    @Test
    void an_archive_takes_the_place_of_a_broken_one_of_the_same_plugin() throws IOException {
        add(PluginSource.saying("one", "say", "1").zip(made));
        Files.write(folders.archives().resolve("one-1.0.0.zip"), new byte[4]);

        PluginReport newer = add(PluginSource.saying("one", "say", "2").version("1.1.0").zip(made));

        assertThat(reports()).containsExactly(newer);
    }

    @Test
    void a_newer_archive_that_is_broken_leaves_the_older_one_where_it_is() throws IOException {
        PluginReport older = add(PluginSource.saying("one", "say", "1").zip(made, "one.zip"));

        PluginReport newer =
                add(PluginSource.saying("one", "say", "2").needs("other").version("1.1.0").zip(made, "one.zip"));

        assertThat(newer.state()).isEqualTo(State.BROKEN);
        assertThat(reports()).containsExactly(older);
    }

    @Test
    void a_plugin_is_removed_by_its_id_or_its_file() throws IOException {
        add(PluginSource.saying("one", "say", "1").zip(made));
        add(PluginSource.saying("two", "say", "2").zip(made));

        assertThat(PluginHost.remove("one", folders)).isTrue();
        assertThat(PluginHost.remove("one", folders)).isFalse();
        assertThat(reports()).extracting(PluginReport::id).containsExactly("two");
        assertThat(PluginHost.remove("two-1.0.0.zip", folders)).isTrue();
        assertThat(reports()).isEmpty();
        assertThat(folders.archives()).isEmptyDirectory();
        assertThat(Files.readString(folders.lockFile())).doesNotContain("zip");
    }

    @Test
    void a_broken_archive_is_reported_and_removed_by_the_id_that_it_was_added_with() throws IOException {
        add(PluginSource.saying("one", "say", "1").zip(made));
        add(PluginSource.saying("two", "say", "2").needs("one").zip(made));
        Files.write(folders.archives().resolve("one-1.0.0.zip"), new byte[4]);

        assertThat(reports())
                .extracting(PluginReport::id, PluginReport::version, PluginReport::reason)
                .satisfiesExactly(
                        one ->
                                assertThat(one.toList())
                                        .startsWith("one", "1.0.0")
                                        .last()
                                        .asString()
                                        .startsWith("its content changed since it was added"),
                        two ->
                                assertThat(two)
                                        .isEqualTo(tuple("two", "1.0.0", "it needs the plugin one, which is broken")));

        assertThat(PluginHost.remove("one", folders)).isTrue();

        assertThat(reports())
                .singleElement()
                .returns("it needs the plugin one, which is not there", PluginReport::reason);
    }

    @Test
    void a_lock_file_that_has_digests_only_is_read() throws IOException {
        PluginReport report = add(PluginSource.saying("one", "say", "1").zip(made));
        String digest = Digests.of(folders.archives().resolve("one-1.0.0.zip"));
        Files.writeString(folders.lockFile(), "{\"one-1.0.0.zip\": \"" + digest + "\"}");

        assertThat(reports()).containsExactly(report);
        assertThat(PluginHost.remove("one", folders)).isTrue();
    }

    @Test
    void a_damaged_lock_file_is_named_with_the_way_out() throws IOException {
        Files.createDirectories(folders.archives());
        Files.writeString(folders.lockFile(), "{ \"one.zip\": ");

        assertThatThrownBy(this::reports)
                .isInstanceOf(IOException.class)
                .hasMessageContaining(folders.lockFile().toString())
                .hasMessageContaining("Remove it and add the plugins again.");
    }

    @Test
    void an_archive_brings_models() throws IOException {
        add(
                PluginSource.saying("one", "say", "1")
                        .property("plugin.license", "MIT")
                        .file("models/net/config.json", PluginSource.bytes("{}"))
                        .zip(made));
        add(PluginSource.saying("two", "say", "2").zip(made));

        try (PluginHost host = PluginHost.open(folders)) {
            PluginHost.PluginModels models = host.models().getFirst();
            assertThat(host.models()).hasSize(1);
            assertThat(models.pluginId()).isEqualTo("one");
            assertThat(models.licence()).isEqualTo("MIT");
            assertThat(models.folder().resolve("net/config.json")).hasContent("{}");
        }
    }
}
