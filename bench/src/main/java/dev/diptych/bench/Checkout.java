// SPDX-License-Identifier: Apache-2.0

package dev.diptych.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;

/// The checkout that is measured, and folders to measure in.
final class Checkout {
    private static final String HOME = "diptych.home";

    private Checkout() {}

    /// Finds it above the working directory if the launcher did not say.
    static void require() {
        if (System.getProperty(HOME, "").isEmpty()) {
            Path folder = Path.of("").toAbsolutePath();
            while (folder != null && !Files.isRegularFile(folder.resolve("diptych"))) {
                folder = folder.getParent();
            }
            if (folder == null) {
                throw new IllegalStateException("This is no checkout of Diptych; start with ./diptych bench");
            }
            System.setProperty(HOME, folder.toString());
        }
    }

    /// A folder that goes away.
    record Scratch(Path path) implements AutoCloseable {
        static Scratch make() {
            try {
                return new Scratch(Files.createTempDirectory("diptych-bench"));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public void close() throws IOException {
            Files.walkFileTree(
                    path,
                    new SimpleFileVisitor<>() {
                        @Override
                        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                            Files.deleteIfExists(file);
                            return FileVisitResult.CONTINUE;
                        }

                        @Override
                        public FileVisitResult visitFileFailed(Path file, IOException failure) {
                            return FileVisitResult.CONTINUE; // a server that is ending took it away
                        }

                        @Override
                        public FileVisitResult postVisitDirectory(
                                Path folder, @org.jspecify.annotations.Nullable IOException failure)
                                throws IOException {
                            Files.deleteIfExists(folder);
                            return FileVisitResult.CONTINUE;
                        }
                    });
        }
    }
}
