// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.value;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

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
}
