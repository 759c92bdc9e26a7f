// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.jobs;

import dev.diptych.engine.value.DurableFiles;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;

/// A file, or a folder with all that is in it, copied to survive a power cut; what is there already is replaced.
final class SyncedCopy extends SimpleFileVisitor<Path> {
    private static final String INCOMING = "incoming"; // uploads under way

    private final Path from;
    private final Path to;
    private int files;

    private SyncedCopy(Path from, Path to) {
        this.from = from;
        this.to = to;
    }

    /// The folder above the copy remains to be synced.
    ///
    /// @param from what is not there is not copied
    /// @return how many files were copied
    static int of(Path from, Path to) throws IOException {
        if (!Files.exists(from)) {
            return 0;
        }
        SyncedCopy copy = new SyncedCopy(from, to);
        Files.walkFileTree(from, copy);
        return copy.files;
    }

    private Path copyOf(Path file) {
        return file.equals(from) ? to : to.resolve(from.relativize(file));
    }

    @Override
    public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) throws IOException {
        if (folder.endsWith(INCOMING)) {
            return FileVisitResult.SKIP_SUBTREE;
        }
        Files.createDirectories(copyOf(folder));
        return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
        Path copy = copyOf(file);
        Files.copy(file, copy, StandardCopyOption.REPLACE_EXISTING);
        DurableFiles.sync(copy);
        files++;
        return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException failure) throws IOException {
        FileVisitResult result = super.postVisitDirectory(folder, failure);
        DurableFiles.sync(copyOf(folder));
        return result;
    }
}
