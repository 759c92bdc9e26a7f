// SPDX-License-Identifier: Apache-2.0

package dev.diptych.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// The archive that this build has made, unpacked, and a home folder for who uses it.
///
/// @param folder what was in the archive
/// @param home   empty at first
record Release(Path folder, Path home) {
    private static final int PATIENCE_MINUTES = 5;

    static final Path ARCHIVE = Path.of(System.getProperty("release.archive"));

    /// What a command did.
    record Outcome(int exit, String text) {
        Outcome succeeded() {
            assertThat(exit).as(text).isZero();
            return this;
        }
    }

    static Release unpacked(Path into) throws Exception {
        Path home = Files.createDirectories(into.resolve("home"));
        Path opt = Files.createDirectories(into.resolve("opt"));
        run(opt, Map.of("PATH", "/usr/bin:/bin"), "tar", "xzf", ARCHIVE.toString()).succeeded();
        try (Stream<Path> folders = Files.list(opt)) {
            return new Release(folders.toList().getFirst(), home);
        }
    }

    /// As after `env -i`: nothing is there but a home, the system's programs, and where Java is.
    Map<String, String> environment() {
        return Map.of("HOME", home.toString(), "PATH", "/usr/bin:/bin", "JAVA_HOME", System.getProperty("java.home"));
    }

    /// `bin/diptych`, started in the home folder.
    Outcome diptych(String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(folder.resolve("bin/diptych").toString()));
        command.addAll(List.of(arguments));
        return run(home, environment(), command.toArray(String[]::new));
    }

    static Outcome run(Path folder, Map<String, String> environment, String... command) throws Exception {
        Path text = Files.createTempFile("diptych-release", ".txt");
        try {
            ProcessBuilder builder = builder(folder, environment, command).redirectOutput(text.toFile());
            Process process = builder.redirectErrorStream(true).start();
            boolean ended = process.waitFor(PATIENCE_MINUTES, TimeUnit.MINUTES);
            process.destroyForcibly().waitFor();
            String written = Files.readString(text);
            assertThat(ended).as("%s ended; it wrote: %s", List.of(command), written).isTrue();
            return new Outcome(process.exitValue(), written);
        } finally {
            Files.delete(text);
        }
    }

    private static ProcessBuilder builder(Path folder, Map<String, String> environment, String... command) {
        ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
        builder.environment().clear();
        builder.environment().putAll(environment);
        return builder;
    }

    /// A server on a free port, with the home's data folder.
    Server serve() throws IOException {
        Process process =
                builder(home, environment(), folder.resolve("bin/diptych").toString(), "serve", "--port", "0")
                        .redirectError(home.resolve("server.log").toFile())
                        .start();
        BufferedReader out =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        String line = out.readLine();
        if (line == null) {
            throw new AssertionError(Files.readString(home.resolve("server.log")));
        }
        return new Server(process, line.substring(line.lastIndexOf(' ') + 1));
    }

    record Server(Process process, String address) implements AutoCloseable {
        @Override
        public void close() {
            process.destroy();
            try {
                if (!process.waitFor(1, TimeUnit.MINUTES)) {
                    process.destroyForcibly();
                }
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }
}
