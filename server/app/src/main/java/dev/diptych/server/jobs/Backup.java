// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.jobs;

import dev.diptych.engine.value.AssetStore;
import dev.diptych.engine.value.Digests;
import dev.diptych.engine.value.DurableFiles;
import dev.diptych.server.assets.Assets;
import dev.diptych.server.store.Database;
import dev.diptych.server.store.Snapshot;
import dev.diptych.server.store.StoreException;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/// Copies a data folder so that a server can start on the copy: the database as of one moment, then all that it names. What is
/// named is there before its name is, files never change, and none is swept meanwhile; so the order makes it consistent.
///
/// The database gets its name in the copy last, when everything is on the disk. A folder without it, whatever else it has, is what
/// something left that was broken off.
public final class Backup {
    private static final String ASSETS = "assets";
    private static final List<String> PARTS = List.of(ASSETS, "plugins", "plugins.lock");
    private static final String DATABASE = "diptych.db";
    private static final String UNFINISHED = "diptych.db.part";

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
    /// @throws IllegalArgumentException if the target is in the data folder: the copy would be a part of what is copied
    /// @throws IOException              if the folder has something, or a file or the database cannot be copied
    public int make(Path target) throws IOException {
        if (isIn(target, data)) {
            throw new IllegalArgumentException(
                    target
                            + " is in the data folder "
                            + data
                            + ", which would be copied into itself; name a folder elsewhere.");
        }
        requireEmpty(target);
        DurableFiles.createFolders(target);
        int[] files = new int[1];
        assets.withoutSweep(() -> {
            copyDatabase(target.resolve(UNFINISHED));
            DurableFiles.sync(target.resolve(UNFINISHED));
            files[0] = 1 + copyParts(data, target);
        });
        finish(target);
        return files[0];
    }

    private void copyDatabase(Path file) throws IOException {
        try {
            database.backUpTo(file);
        } catch (StoreException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    /// Puts a backup into a data folder that has nothing yet.
    ///
    /// @param acceptsMissing whether to do so although assets that its database names are missing or damaged
    /// @return how many files it has
    /// @throws IOException                          if the backup was not finished, lacks assets, or has the data folder in it
    /// @throws dev.diptych.server.store.StoreException if its database is none, or damaged
    public static int restore(Path backup, Path data, boolean acceptsMissing) throws IOException {
        requireFinished(backup);
        if (isIn(data, backup)) {
            throw new IOException(data + " is in the backup; restore into a folder elsewhere with --data");
        }
        List<String> lost = lost(backup);
        if (!lost.isEmpty() && !acceptsMissing) {
            throw new IOException(
                    backup
                            + " is not complete: of the assets that its database names, "
                            + lost.size()
                            + " are missing or damaged. Restore another backup, or what there is of this one with --incomplete");
        }
        if (Files.exists(data.resolve(DATABASE))) {
            throw new FileAlreadyExistsException(data + " holds data already; restore into another folder with --data");
        }
        DurableFiles.createFolders(data);
        int files = copyParts(backup, data) + SyncedCopy.of(backup.resolve(DATABASE), data.resolve(UNFINISHED));
        finish(data);
        return files;
    }

    /// Whatever names and links lead there.
    private static boolean isIn(Path path, Path folder) throws IOException {
        return real(path).startsWith(real(folder));
    }

    /// Where a path leads, of which the end need not be there.
    private static Path real(Path path) throws IOException {
        Path whole = path.toAbsolutePath();
        Path there = whole;
        while (!Files.exists(there)) {
            there = Objects.requireNonNull(there.getParent(), "the root is there");
        }
        return there.toRealPath().resolve(there.relativize(whole)).normalize();
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

    private static void requireFinished(Path backup) throws IOException {
        if (!Files.isRegularFile(backup.resolve(DATABASE))) {
            String reason =
                    Files.exists(backup.resolve(UNFINISHED))
                            ? ": it was broken off before it was complete"
                            : ": it has no " + DATABASE;
            throw new IOException(backup + " is no backup" + reason);
        }
    }

    /// The assets that its database names and that are not there as they were.
    private static List<String> lost(Path backup) throws IOException {
        List<String> lost = new ArrayList<>();
        for (String asset : Snapshot.assets(backup.resolve(DATABASE))) {
            Path file = AssetStore.path(backup.resolve(ASSETS), asset);
            if (!Files.isRegularFile(file) || !Digests.of(file).equals(asset)) {
                lost.add(asset);
            }
        }
        return lost;
    }

    private static int copyParts(Path from, Path to) throws IOException {
        int files = 0;
        for (String part : PARTS) {
            files += SyncedCopy.of(from.resolve(part), to.resolve(part));
        }
        return files;
    }

    private static void finish(Path folder) throws IOException {
        DurableFiles.sync(folder); // all names are there before the database's is
        Files.move(folder.resolve(UNFINISHED), folder.resolve(DATABASE), StandardCopyOption.ATOMIC_MOVE);
        DurableFiles.sync(folder);
    }
}
