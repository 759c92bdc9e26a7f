// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import javax.tools.ToolProvider;

/// The `diptych` script in a checkout of its own, whose `mvnw` notes how it was called, and whose program tells how it was started.
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "a POSIX shell script")
class LauncherTest {
    private static final Path HOME = Path.of(System.getProperty("diptych.home"));
    private static final String PROGRAM =
            """
            package dev.diptych.server;
            public class Main {
                public static void main(String[] arguments) {
                    System.out.println("arguments " + java.util.List.of(arguments));
                    System.out.println("home " + System.getProperty("diptych.home"));
                    System.out.println("folder " + System.getProperty("user.dir"));
                    System.out.println("Java " + Runtime.version().feature());
                    System.exit(arguments.length);
                }
            }
            """;
    private static final String MAVEN =
            """
            #!/bin/sh
            echo "$*" >>builds
            mkdir -p bench/target
            printf '%s' "$PWD/server/app/target/classes" >bench/target/classpath
            [ ! -f broken ] || { echo "[ERROR] Main.java:[1,1] ';' expected"; echo "[ERROR] -> [Help 1]"; exit 1; }
            """;

    @TempDir private Path temporary;

    private Path checkout;
    private Path source;

    private record Outcome(int exit, String out, String err) {}

    @BeforeEach
    void make_a_checkout() throws IOException {
        checkout = Files.createDirectory(temporary.toRealPath().resolve("a checkout"));
        Path classes = Files.createDirectories(checkout.resolve("server/app/target/classes"));
        source = Files.createDirectories(checkout.resolve("server/app/src/main/java")).resolve("Main.java");
        Files.writeString(source, PROGRAM);
        int compiled =
                ToolProvider.getSystemJavaCompiler().run(null, null, null, "-d", classes.toString(), source.toString());
        assertThat(compiled).isZero();

        for (String folder : List.of("plugin-api", "plugins", "bench", ".mvn")) {
            Files.createDirectory(checkout.resolve(folder));
        }
        Files.writeString(checkout.resolve("pom.xml"), "<project/>");
        for (String script : List.of(".mvn/jdk.sh", ".mvn/launch.sh", "diptych")) {
            Files.copy(HOME.resolve(script), checkout.resolve(script));
        }
        Path maven = Files.writeString(checkout.resolve("mvnw"), MAVEN);
        Files.setPosixFilePermissions(maven, PosixFilePermissions.fromString("rwxr-xr-x"));
        // So that the next write is newer than the stamp, whatever the file system's clock can tell apart.
        try (var files = Files.walk(checkout)) {
            for (Path file : files.toList()) {
                Files.setLastModifiedTime(file, FileTime.from(Instant.now().minusSeconds(60)));
            }
        }
    }

    @Test
    void arguments_folder_and_exit_code_pass_through_also_by_a_link() throws Exception {
        Path link = Files.createSymbolicLink(temporary.resolve("linked"), checkout.resolve("diptych"));

        Outcome outcome = start(link, "run", "two words", "*");

        assertThat(outcome.exit()).isEqualTo(3);
        assertThat(outcome.out())
                .contains("arguments [run, two words, *]")
                .contains("home " + checkout)
                .contains("folder " + temporary.toRealPath())
                .contains("Java 25");
    }

    @Test
    void builds_at_the_first_start_and_again_only_after_an_edit() throws Exception {
        start(checkout.resolve("diptych"));
        assertThat(builds()).singleElement().asString().doesNotContain("-o").contains("-Dquick");

        start(checkout.resolve("diptych"));
        assertThat(builds()).hasSize(1);

        Files.writeString(source, PROGRAM + "// edited");
        start(checkout.resolve("diptych"));
        assertThat(builds()).hasSize(2).last().asString().startsWith("-o ");
    }

    @Test
    void a_deleted_source_is_an_edit_and_a_test_is_none() throws Exception {
        start(checkout.resolve("diptych"));

        Path test = Files.createDirectories(checkout.resolve("server/app/src/test/java")).resolve("MainTest.java");
        Files.writeString(test, "class MainTest {}");
        start(checkout.resolve("diptych"));
        assertThat(builds()).hasSize(1);

        Files.delete(source);
        start(checkout.resolve("diptych"));
        assertThat(builds()).hasSize(2);
    }

    @Test
    void an_edited_pom_may_need_the_network() throws Exception {
        start(checkout.resolve("diptych"));
        Files.writeString(checkout.resolve("pom.xml"), "<project><!-- edited --></project>");
        start(checkout.resolve("diptych"));

        assertThat(builds()).hasSize(2).last().asString().doesNotContain("-o");
    }

    @Test
    void a_failed_build_starts_nothing_and_is_tried_again() throws Exception {
        Files.writeString(checkout.resolve("broken"), "");
        Outcome failed = start(checkout.resolve("diptych"));
        assertThat(failed.exit()).isEqualTo(1);
        assertThat(failed.out()).isEmpty();
        assertThat(failed.err()).contains("Main.java:[1,1] ';' expected").contains("nothing was started");
        assertThat(failed.err()).doesNotContain("Help 1");

        Files.delete(checkout.resolve("broken"));
        assertThat(start(checkout.resolve("diptych")).out()).contains("arguments []");
    }

    @Test
    void the_lock_of_a_start_that_was_killed_is_taken_over() throws Exception {
        Process gone = new ProcessBuilder("sh", "-c", "exit").start();
        gone.waitFor();
        Path lock = Files.createDirectories(checkout.resolve("target/launcher/lock"));
        Files.writeString(lock.resolve("pid"), gone.pid() + "\n");

        assertThat(start(checkout.resolve("diptych")).out()).contains("arguments []");
        assertThat(lock).doesNotExist();
    }

    @Test
    void a_jdk_is_known_by_its_release_file_and_its_compiler() throws Exception {
        Path old = Files.createDirectories(temporary.resolve("old/bin"));
        Files.createFile(
                old.resolve("javac"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Files.writeString(temporary.resolve("old/release"), "IMPLEMENTOR=\"x\"\nJAVA_VERSION=\"17.0.15\"\n");

        assertThat(isJdk25(Path.of(System.getProperty("java.home")))).isTrue();
        assertThat(isJdk25(temporary.resolve("old"))).isFalse();
        Files.writeString(temporary.resolve("old/release"), "JAVA_VERSION=\"25\"\n");
        assertThat(isJdk25(temporary.resolve("old"))).isTrue();
        Files.delete(old.resolve("javac"));
        assertThat(isJdk25(temporary.resolve("old"))).isFalse();
    }

    @Test
    void who_needs_no_compiler_finds_a_runtime() throws Exception {
        Path runtime = Files.createDirectories(temporary.resolve("runtime/bin"));
        Files.createFile(
                runtime.resolve("java"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Files.writeString(temporary.resolve("runtime/release"), "JAVA_VERSION=\"25.0.1\"\n");

        assertThat(isJdk25(temporary.resolve("runtime"))).isFalse();
        assertThat(isJdk25(temporary.resolve("runtime"), "jdk_tool=java; ")).isTrue();
    }

    @Test
    void whoever_has_no_jdk_is_told_how_to_get_one() throws Exception {
        for (String program : List.of("diptych", "mvnw")) {
            Path script =
                    Files.copy(HOME.resolve(program), checkout.resolve(program), StandardCopyOption.REPLACE_EXISTING);
            // The search is tested on its own; the JDKs of this machine must not be found.
            Path search = checkout.resolve(".mvn/jdk.sh");
            Files.writeString(search, Files.readString(HOME.resolve(".mvn/jdk.sh")) + "find_jdk() {\n  return 1\n}\n");

            Outcome outcome = start(script);

            assertThat(outcome.exit()).isEqualTo(1);
            assertThat(outcome.out()).isEmpty();
            assertThat(outcome.err())
                    .startsWith(program + ": no JDK 25 on this machine")
                    .contains("sdk install java 25-tem");
        }
    }

    private static boolean isJdk25(Path folder) throws Exception {
        return isJdk25(folder, "");
    }

    private static boolean isJdk25(Path folder, String before) throws Exception {
        String script = before + ". \"$1\"; is_jdk \"$2\" 25 25";
        return new ProcessBuilder("sh", "-c", script, "sh", HOME.resolve(".mvn/jdk.sh").toString(), folder.toString())
                        .start()
                        .waitFor()
                == 0;
    }

    private List<String> builds() throws IOException {
        return Files.readAllLines(checkout.resolve("builds"));
    }

    private Outcome start(Path script, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of("sh", script.toString()));
        command.addAll(List.of(arguments));
        Path out = temporary.resolve("out");
        Path err = temporary.resolve("err");
        ProcessBuilder builder =
                new ProcessBuilder(command)
                        .directory(temporary.toFile())
                        .redirectOutput(out.toFile())
                        .redirectError(err.toFile());
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        Process process = builder.start();
        assertThat(process.waitFor(1, TimeUnit.MINUTES)).as("the launcher ended").isTrue();
        return new Outcome(process.exitValue(), Files.readString(out), Files.readString(err));
    }
}
