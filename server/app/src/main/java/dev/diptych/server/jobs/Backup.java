// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.jobs;

import dev.diptych.server.assets.Assets;
import dev.diptych.server.store.Database;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.stream.Stream;

/// Copies a data folder so that a server can start on the copy: the database as of one moment, then all that it names. What is
/// named is there before its name is, files never change, and none is swept meanwhile; so the order makes it consistent.
public final class Backup {
    private static final List<String> FOLDERS = List.of("assets", "plugins");
    private static final String DATABASE = "diptych.db";
    private static final String PLUGIN_LOCK = "plugins.lock";

    private final Database database;
    private final Assets assets;
    private final Path data;

    public Backup(Database database, Assets assets, Path data) {
        this.database = database;
        this.assets = assets;
        this.data = data;
    }

    /// @param target must not exist, or be empty
    /// @return how many files it has
    public int make(Path target) throws IOException {
        requireEmpty(target);
        Files.createDirectories(target);
        int[] files = new int[1];
        assets.withoutSweep(() -> {
            database.backUpTo(target.resolve(DATABASE));
            files[0] = 1 + copyRest(data, target);
        });
        return files[0];
    }

    /// Puts a backup into a data folder that has nothing yet.
    ///
    /// @return how many files it has
    public static int restore(Path backup, Path data) throws IOException {
        if (!Files.isRegularFile(backup.resolve(DATABASE))) {
            throw new IOException(backup + " is no backup: it has no " + DATABASE);
        }
        if (Files.exists(data.resolve(DATABASE))) {
            throw new FileAlreadyExistsException(data + " holds data already; restore into another folder with --data");
        }
        Files.createDirectories(data);
        int files = copyRest(backup, data);
        Files.copy(backup.resolve(DATABASE), data.resolve(DATABASE)); // last: without it there is nothing yet
        return files + 1;
    }

    private static void requireEmpty(Path folder) throws IOException {
        if (Files.exists(folder)) {
            try (Stream<Path> files = Files.list(folder)) {
                if (files.findAny().isPresent()) {
                    throw new FileAlreadyExistsException(folder + " is not empty");
                }
            }
        }
    }

    private static int copyRest(Path from, Path to) throws IOException {
        int count = 0;
        for (String folder : FOLDERS) {
            if (Files.isDirectory(from.resolve(folder))) {
                count += copyTree(from.resolve(folder), to.resolve(folder));
            }
        }
        if (Files.exists(from.resolve(PLUGIN_LOCK))) {
            Files.copy(from.resolve(PLUGIN_LOCK), to.resolve(PLUGIN_LOCK), StandardCopyOption.REPLACE_EXISTING);
            count++;
        }
        return count;
    }

    private static int copyTree(Path from, Path to) throws IOException {
        int[] count = new int[1];
        Files.walkFileTree(
                from,
                new SimpleFileVisitor<>() {
                    @Override
                    public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes)
                            throws IOException {
                        if (folder.endsWith("incoming")) {
                            return FileVisitResult.SKIP_SUBTREE; // uploads under way
                        }
                        Files.createDirectories(to.resolve(from.relativize(folder)));
                        return FileVisitResult.CONTINUE;
                    }

                    @Override
                    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                        Files.copy(file, to.resolve(from.relativize(file)), StandardCopyOption.REPLACE_EXISTING);
                        count[0]++;
                        return FileVisitResult.CONTINUE;
                    }
                });
        return count[0];
    }
}
