// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.store;

import dev.diptych.engine.value.DurableFiles;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/// The folder that holds all state of one server, held by one process at a time.
public final class DataFolder implements AutoCloseable {
    /// Name of the file with address and local secret of the running server.
    public static final String SERVER_FILE = "server.json";

    private final Path root;
    private final FileChannel channel;
    private final FileLock lock;

    private DataFolder(Path root, FileChannel channel, FileLock lock) {
        this.root = root;
        this.channel = channel;
        this.lock = lock;
    }

    /// Makes the folder if needed, and takes its lock.
    ///
    /// @throws StoreException if another process holds it
    public static DataFolder lock(Path root) {
        return tryLock(root)
                .orElseThrow(() ->
                        new StoreException(
                                "Data folder "
                                        + root
                                        + " is in use by another process; one server may use it at a time. "
                                        + "Stop that server, or name another folder with --data.",
                                null));
    }

    /// As [#lock].
    ///
    /// @return empty if another process holds it
    public static Optional<DataFolder> tryLock(Path root) {
        try {
            DurableFiles.createFolders(root);
            FileChannel channel =
                    FileChannel.open(root.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            FileLock lock = tryLock(channel);
            if (lock == null) {
                channel.close();
                return Optional.empty();
            }
            DataFolder folder = new DataFolder(root, channel, lock);
            DurableFiles.createFolders(folder.assets());
            DurableFiles.createFolders(folder.cache());
            DurableFiles.createFolders(folder.plugins());
            return Optional.of(folder);
        } catch (IOException e) {
            throw new StoreException("Cannot use data folder " + root + ": " + e.getMessage(), e);
        }
    }

    private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException _) {
            return null; // held by this very process
        }
    }

    public Path root() {
        return root;
    }

    public Path database() {
        return root.resolve("diptych.db");
    }

    public Path assets() {
        return root.resolve("assets");
    }

    public Path cache() {
        return root.resolve("cache");
    }

    public Path plugins() {
        return root.resolve("plugins");
    }

    /// Address and local secret of the running server.
    public Path serverFile() {
        return root.resolve(SERVER_FILE);
    }

    @Override
    public void close() {
        try {
            lock.release();
            channel.close();
        } catch (IOException e) {
            throw new StoreException("Cannot release data folder " + root + ": " + e.getMessage(), e);
        }
    }
}
