// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.hub;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

/// Lets files of equal content be one file: a second name (hard link) of the first one, kept under the content's digest. Where the file system knows no
/// such names, each stays a copy of its own.
final class SharedFiles {
    private static final Logger LOG = LoggerFactory.getLogger(SharedFiles.class);
    private static final long WORTH_SHARING = 64 << 10;

    private final Path folder;
    private final FileDigests digests;

    /// @param folder of the shared files, on the file system of the models
    SharedFiles(Path folder, FileDigests digests) {
        this.folder = folder;
        this.digests = digests;
    }

    /// Makes a file another name of an equal one that is there already, or remembers it for later ones.
    ///
    /// @param digest the file's
    void share(Path file, String digest) throws IOException {
        if (Files.size(file) < WORTH_SHARING) {
            return;
        }
        try {
            Path shared = Files.createDirectories(folder).resolve(digest);
            if (Files.exists(shared) && !digests.of(shared).equals(digest)) {
                Files.delete(shared); // somebody wrote into a model's file
            }
            if (!Files.exists(shared)) {
                Files.createLink(shared, file);
            } else if (!Files.isSameFile(shared, file)) {
                Path next = file.resolveSibling(".link-" + UUID.randomUUID());
                Files.createLink(next, shared);
                Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            }
        } catch (UnsupportedOperationException | IOException e) {
            LOG.debug("{} is not shared: {}", file, e.toString());
        }
    }

    /// Deletes what no model has a name for any more.
    void sweep() throws IOException {
        if (!Files.isDirectory(folder) || !Files.getFileStore(folder).supportsFileAttributeView("unix")) {
            return;
        }
        List<Path> all;
        try (Stream<Path> files = Files.list(folder)) {
            all = files.toList();
        }
        for (Path file : all) {
            if (Files.getAttribute(file, "unix:nlink") instanceof Integer names && names == 1) {
                Files.deleteIfExists(file);
            }
        }
    }
}
