// SPDX-License-Identifier: Apache-2.0

package dev.diptych.archetype;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diptych.engine.document.NodeSchema;
import dev.diptych.engine.plugin.PluginFolders;
import dev.diptych.engine.plugin.PluginHost;
import dev.diptych.engine.plugin.PluginReport;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// The plugin that the archetype plugin has generated before: Maven builds and tests it as it stands, and the archive loads.
final class GeneratedPluginIT {
    private static final Path HOME = Path.of(System.getProperty("diptych.home"));
    private static final Path GENERATED =
            HOME.resolve("plugin-api/archetype/target/test-classes/projects/plugin/project/sunny-day");

    /// What a plugin's build asks for, by the folder of the reactor that makes it.
    private static final List<String> MODULES =
            List.of("", "plugin-api", "plugin-api/api", "plugin-api/testkit", "server", "server/engine");

    @TempDir private Path repository;

    @TempDir private Path data;

    @BeforeEach
    void install() throws IOException {
        for (String module : MODULES) {
            install(HOME.resolve(module));
        }
    }

    /// As `install` would, into a repository that is thrown away.
    private void install(Path module) throws IOException {
        String pom = Files.readString(module.resolve("pom.xml"));
        String own = pom.replaceFirst("(?s)<parent>.*</parent>", "");
        String artifact = own.replaceFirst("(?s).*?<artifactId>(.*?)</artifactId>.*", "$1");
        String version = pom.replaceFirst("(?s).*?<version>(.*?)</version>.*", "$1");
        Path folder = repository.resolve("dev/diptych").resolve(artifact).resolve(version);
        Files.createDirectories(folder);
        Files.copy(module.resolve("pom.xml"), folder.resolve(artifact + "-" + version + ".pom"));
        Path jar = module.resolve("target").resolve(artifact + "-" + version + ".jar");
        if (Files.exists(jar)) {
            Files.copy(jar, folder.resolve(jar.getFileName()));
        }
    }

    @Test
    @Timeout(120)
    void builds_tests_and_loads() throws Exception {
        List<String> command = new ArrayList<>(List.of(System.getProperty("maven.home") + "/bin/mvn", "-B", "-ntp"));
        if (System.getProperty("maven.mode").equals("offline: true")) {
            command.add("-o");
        }
        command.add("-Dmaven.repo.local=" + repository);
        command.add("-Dmaven.repo.local.tail=" + System.getProperty("maven.repository"));
        command.add("package");
        Path log = data.resolve("build.log");
        ProcessBuilder builder = new ProcessBuilder(command).directory(GENERATED.toFile());
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().remove("MAVEN_ARGS");
        Process build = builder.redirectErrorStream(true).redirectOutput(log.toFile()).start();
        boolean ended = build.waitFor(110, TimeUnit.SECONDS);
        build.destroyForcibly();

        assertThat(ended).isTrue();
        assertThat(build.exitValue()).as(Files.readString(log)).isZero();
        assertThat(Files.readString(log)).contains("Tests run: 3, Failures: 0, Errors: 0, Skipped: 0");
        PluginFolders folders = new PluginFolders(null, data, "0.1.0");
        PluginReport report = PluginHost.add(GENERATED.resolve("target/sunny-day-1.2.0.zip"), folders, false);
        assertThat(report.reason()).isEmpty();
        assertThat(report.id()).isEqualTo("sunny-day");
        assertThat(report.version()).isEqualTo("1.2.0");
        try (PluginHost host = PluginHost.open(folders)) {
            assertThat(host.all()).extracting(NodeSchema::type).containsExactly("sunny-day/brighten");
        }
    }

    @Test
    void holds_the_files_that_the_tutorial_promises() throws IOException {
        try (Stream<Path> files = Files.walk(GENERATED)) {
            assertThat(files.filter(Files::isRegularFile).map(file -> GENERATED.relativize(file).toString()))
                    .filteredOn(file -> !file.startsWith("target/"))
                    .containsExactlyInAnyOrder(
                            "pom.xml",
                            "README.md",
                            ".gitignore",
                            "src/main/java/com/example/sunny/Brighten.java",
                            "src/main/java/com/example/sunny/package-info.java",
                            "src/main/resources/plugin.properties",
                            "src/test/java/com/example/sunny/BrightenTest.java",
                            "workflows/example.json");
        }
    }
}
