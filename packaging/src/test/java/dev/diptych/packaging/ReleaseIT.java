// SPDX-License-Identifier: Apache-2.0

package dev.diptych.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// The archive, unpacked into a new folder, for somebody with an empty home.
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "a POSIX shell script")
class ReleaseIT {
    private static final Pattern INSTALLED = Pattern.compile("/opt/diptych/?([\\w./-]*)");

    @TempDir private static Path temporary;

    private static Release release;
    private static Map<String, String> before;

    @BeforeAll
    static void unpack() throws Exception {
        release = Release.unpacked(temporary);
        before = contents();
    }

    /// Whatever ran, the folder is as it was: it may lie where nobody can write.
    @AfterAll
    static void nothing_was_written_beside_the_program() throws IOException {
        assertThat(contents()).isEqualTo(before);
    }

    private static Map<String, String> contents() throws IOException {
        Map<String, String> contents = new TreeMap<>();
        try (Stream<Path> files = Files.walk(release.folder())) {
            for (Path file : (Iterable<Path>) files::iterator) {
                contents.put(file.toString(), Files.size(file) + " " + Files.getLastModifiedTime(file));
            }
        }
        return contents;
    }

    @Test
    void says_its_version() throws Exception {
        assertThat(release.diptych("--version").succeeded().text())
                .matches("(?s)diptych \\d+\\.\\d+\\.\\d+\\S*\\R.*Java \\d+.*");
    }

    @Test
    void the_doctor_finds_nothing_wrong() throws Exception {
        assertThat(release.diptych("doctor").succeeded().text())
                .contains("Plugin image", "Plugin unclip", "Model portraits/clip", "Device cpu:0", "Nothing is wrong.");
    }

    @Test
    void runs_a_workflow_that_came_with_it() throws Exception {
        Path workflow = release.folder().resolve("workflows/contact-sheet.json");

        release.diptych("run", workflow.toString(), "--out", "pictures").succeeded();

        assertThat(release.home().resolve("pictures/sheet.png")).isNotEmptyFile();
    }

    @Test
    void serves_and_its_worker_has_the_same_plugins() throws Exception {
        try (Release.Server server = release.serve()) {
            assertThat(read(server.address() + "/api/v1/health", "GET")).contains("\"status\":\"up\"");
            assertThat(read(server.address() + "/api/v1/workflows/before-after/run?wait=2m", "POST"))
                    .contains("\"state\":\"succeeded\"");
        }
    }

    private static String read(String address, String method) throws IOException {
        var connection = (java.net.HttpURLConnection) URI.create(address).toURL().openConnection();
        connection.setRequestMethod(method);
        try (InputStream in = connection.getInputStream()) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void the_checksums_are_those_of_the_files() throws Exception {
        Path folder = Objects.requireNonNull(Release.ARCHIVE.getParent());
        for (Path file : List.of(Release.ARCHIVE, folder.resolve("bom.json"))) {
            Release.run(folder, release.environment(), "sha256sum", "--check", file.getFileName() + ".sha256")
                    .succeeded();
        }
    }

    @Test
    void the_bill_of_materials_names_each_library_and_plugin() throws Exception {
        JsonNode bill = new ObjectMapper().readTree(release.folder().resolve("bom.json").toFile());
        List<String> named = new ArrayList<>();
        for (JsonNode component : bill.path("components")) {
            named.add(component.path("name").asText() + "-" + component.path("version").asText());
            assertThat(component.path("licenses")).as("licences of %s", component.path("name")).isNotEmpty();
        }

        for (String kind : List.of("lib", "plugins")) {
            try (Stream<Path> files = Files.list(release.folder().resolve(kind))) {
                assertThat(files.map(file -> file.getFileName().toString()).filter(name -> !name.endsWith(".sh")))
                        .isNotEmpty()
                        .allSatisfy(name -> assertThat(named).as("what names %s", name).anyMatch(name::startsWith));
            }
        }
    }

    /// They are built from what has no owner and one time, so that the same sources give the same bytes.
    @Test
    void entries_have_the_times_and_owners_of_no_machine() throws Exception {
        String listing =
                Release.run(
                                temporary,
                                Map.of("PATH", "/usr/bin:/bin", "TZ", "UTC"),
                                "tar",
                                "tvzf",
                                Release.ARCHIVE.toString(),
                                "--numeric-owner")
                        .succeeded()
                        .text();

        assertThat(listing.lines())
                .hasSizeGreaterThan(50)
                .allMatch(
                        line -> line.matches("[d-]rw[x-]r-[x-]r-[x-] 0/0 +\\d+ 2026-01-01 00:00 diptych-.*"),
                        "0/0 at one time");
    }

    @Test
    void what_is_installed_names_what_is_in_the_archive() throws Exception {
        for (String name : List.of("deploy/Dockerfile", "deploy/diptych.service")) {
            String text = Files.readString(release.folder().resolve(name));
            Matcher installed = INSTALLED.matcher(text);
            int count = 0;
            for (; installed.find(); count++) {
                assertThat(release.folder().resolve(installed.group(1))).as("what %s names", name).exists();
            }
            assertThat(count).as("paths in %s", name).isPositive();
        }
        for (String line : Files.readAllLines(release.folder().resolve("deploy/Dockerfile"))) {
            if (line.startsWith("COPY ") && !line.contains("--from")) {
                List<String> words = List.of(line.split(" "));
                words.subList(1, words.size() - 1)
                        .forEach(source -> assertThat(release.folder().resolve(source)).as(line).exists());
            }
        }
    }
}
