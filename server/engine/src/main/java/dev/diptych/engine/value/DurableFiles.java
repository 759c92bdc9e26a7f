// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.value;

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

/// What survives a power cut: a file that was synced, in a folder that was synced after the file got its name there, and so on upwards.
public final class DurableFiles {
    private DurableFiles() {}

    /// Returns when a file's content, or the names in a folder, are on the disk.
    public static void sync(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    /// Makes a folder, and those above it that are missing, to stay.
    ///
    /// @return the folder
    public static Path createFolders(Path folder) throws IOException {
        Path parent = folder.toAbsolutePath().getParent();
        if (parent != null && !Files.isDirectory(folder)) {
            createFolders(parent);
            Files.createDirectories(folder);
            sync(parent);
        }
        return folder;
    }

    /// Gives a written file its name, in place of the one that has it.
    public static void put(Path written, Path target) throws IOException {
        sync(written);
        Files.move(written, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        sync(Objects.requireNonNull(target.toAbsolutePath().getParent()));
    }

    /// Gives a written folder its name.
    ///
    /// @throws IOException if that is taken, and nothing changes
    public static void putFolder(Path written, Path target) throws IOException {
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
}
