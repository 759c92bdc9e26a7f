// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.plugin;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;

/// Files that are whole or not there, a power cut included: content reaches the disk before the name that makes it count does.
final class DurableFiles {
    private DurableFiles() {}

    /// Gives a written file its name, in place of the one that has it.
    static void put(Path written, Path target) throws IOException {
        sync(written);
        Files.move(written, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        sync(Objects.requireNonNull(target.toAbsolutePath().getParent()));
    }

    /// Gives a written folder its name.
    ///
    /// @throws IOException if that is taken, and nothing changes
    static void putFolder(Path written, Path target) throws IOException {
        Files.walkFileTree(
                written,
                new SimpleFileVisitor<>() {
                    @Override
                    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                        sync(file);
                        return FileVisitResult.CONTINUE;
                    }

                    @Override
                    public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException failure)
                            throws IOException {
                        sync(folder);
                        return super.postVisitDirectory(folder, failure);
                    }
                });
        Files.move(written, target);
        sync(Objects.requireNonNull(target.toAbsolutePath().getParent()));
    }

    /// Also of a folder: then the names in it.
    private static void sync(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
