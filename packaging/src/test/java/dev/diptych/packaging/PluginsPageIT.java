// SPDX-License-Identifier: Apache-2.0

package dev.diptych.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import javax.imageio.ImageIO;

/// Takes the steps of `docs/plugins.md` in their order: writes each file that it names, and runs each command with the release's `diptych`.
/// The build's own artifacts are in a repository that is thrown away.
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "POSIX shell commands")
class PluginsPageIT {
    private static final Path HOME = Path.of(System.getProperty("diptych.home"));
    private static final String SERVER = "http://127.0.0.1:8410";
    private static final Pattern BLOCK = Pattern.compile("```(sh|java|json)\n(.*?)```", Pattern.DOTALL);
    private static final Pattern FILE = Pattern.compile("`([\\w./-]+\\.(?:java|json))`");
    private static final List<String> MODULES =
            List.of(
                    "",
                    "plugin-api",
                    "plugin-api/api",
                    "plugin-api/testkit",
                    "plugin-api/archetype",
                    "server",
                    "server/engine");

    @TempDir private Path temporary;

    /// @param file where the text goes; empty for commands
    private record Step(String file, String text) {}

    @Test
    void its_steps_lead_from_nothing_to_a_network_of_ones_own() throws Exception {
        Release release = Release.unpacked(temporary);
        for (String module : MODULES) {
            install(HOME.resolve(module), temporary.resolve("repository"));
        }
        Map<String, String> environment = environment(release);
        Path project = release.home().resolve("outline");
        StringBuilder said = new StringBuilder();
        Release.Server server = null;
        try {
            for (Step step : steps()) {
                if (!step.file().isEmpty()) {
                    Path file = project.resolve(step.file());
                    Files.createDirectories(file.getParent());
                    Files.writeString(file, step.text());
                    continue;
                }
                if (step.text().contains(SERVER) && server == null) {
                    server = release.serve();
                }
                String commands = "set -eu\n" + step.text();
                said.append(
                        Release.run(
                                        Files.isDirectory(project) ? project : release.home(),
                                        environment,
                                        "sh",
                                        "-c",
                                        server == null ? commands : commands.replace(SERVER, server.address()))
                                .succeeded()
                                .text());
                if (step.text().startsWith("mvn archetype:generate")) {
                    ImageIO.write(picture(), "png", project.resolve("photo.png").toFile());
                }
                if (server != null && step.text().contains("/run?wait")) {
                    server.close();
                }
            }
        } finally {
            if (server != null) {
                server.close();
            }
        }

        assertThat(said)
                .contains(
                        "Tests run: 6, Failures: 0, Errors: 0, Skipped: 0",
                        "\"type\":\"outline/filter\"",
                        "\"type\":\"tensor\"",
                        "\"state\":\"succeeded\"",
                        "Tests run: 7, Failures: 0, Errors: 0, Skipped: 0",
                        "fits its configuration: 24 parameters");
        assertThat(project.resolve("out/image.png")).isNotEmptyFile();
        BufferedImage edges = ImageIO.read(project.resolve("edges/image.png").toFile());
        assertThat(edges.getRGB(16, 16) & 255).isGreaterThan(250);
        assertThat(edges.getRGB(8, 16) & 255).isLessThan(5);
    }

    /// Black at the left, white at the right.
    private static BufferedImage picture() {
        BufferedImage picture = new BufferedImage(32, 32, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < 32 * 32; i++) {
            picture.setRGB(i % 32, i / 32, i % 32 < 16 ? 0 : 0xffffff);
        }
        return picture;
    }

    /// A file is named in the text before its block, last.
    private static List<Step> steps() throws IOException {
        String page = Files.readString(HOME.resolve("docs/plugins.md"));
        List<Step> steps = new ArrayList<>();
        Matcher block = BLOCK.matcher(page);
        int last = 0;
        while (block.find()) {
            String name = "";
            if (!block.group(1).equals("sh")) {
                Matcher file = FILE.matcher(page.substring(last, block.start()));
                while (file.find()) {
                    name = file.group(1);
                }
                assertThat(name).as("the file that this belongs into: %s", block.group(2)).isNotEmpty();
            }
            last = block.end();
            steps.add(new Step(name, block.group(2)));
        }
        assertThat(steps).hasSizeGreaterThan(12);
        return steps;
    }

    private Map<String, String> environment(Release release) throws IOException {
        Path bin = Files.createDirectories(temporary.resolve("bin"));
        boolean isOffline = System.getProperty("maven.mode").equals("offline: true");
        // The goal without a version is the newest that some repository knows, and looks for a catalogue first.
        script(
                bin.resolve("mvn"),
                """
                for argument do
                  shift
                  [ "$argument" != archetype:generate ] ||
                    argument=org.apache.maven.plugins:maven-archetype-plugin:3.4.1:generate
                  set -- "$@" "$argument"
                done
                exec '%s/bin/mvn' -B -ntp %s '-Dmaven.repo.local=%s' '-Dmaven.repo.local.tail=%s' -DarchetypeCatalog=local "$@"
                """
                        .formatted(
                                System.getProperty("maven.home"),
                                isOffline ? "-o" : "",
                                temporary.resolve("repository"),
                                System.getProperty("maven.repository")));
        script(bin.resolve("diptych"), "exec '%s/bin/diptych' \"$@\"\n".formatted(release.folder()));
        Map<String, String> environment = new HashMap<>(release.environment());
        environment.put("PATH", bin + ":" + System.getProperty("java.home") + "/bin:/usr/bin:/bin");
        return environment;
    }

    private static void script(Path file, String text) throws IOException {
        Files.writeString(file, "#!/bin/sh\n" + text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    /// As `install` would.
    private static void install(Path module, Path repository) throws IOException {
        String pom = Files.readString(module.resolve("pom.xml"));
        String own = pom.replaceFirst("(?s)<parent>.*</parent>", "");
        String artifact = own.replaceFirst("(?s).*?<artifactId>(.*?)</artifactId>.*", "$1");
        String version = pom.replaceFirst("(?s).*?<version>(.*?)</version>.*", "$1");
        Path folder = Files.createDirectories(repository.resolve("dev/diptych").resolve(artifact).resolve(version));
        Files.copy(module.resolve("pom.xml"), folder.resolve(artifact + "-" + version + ".pom"));
        Path jar = module.resolve("target").resolve(artifact + "-" + version + ".jar");
        if (Files.exists(jar)) {
            Files.copy(jar, folder.resolve(jar.getFileName()));
        }
    }
}
