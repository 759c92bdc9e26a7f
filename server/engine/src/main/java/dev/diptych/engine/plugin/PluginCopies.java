// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.plugin;

import dev.diptych.engine.value.DurableFiles;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// The unpacked copies of archives that class loaders read from: each a folder named by the archive's digest, and beside it the manifest against which it is
/// held whenever it is opened. So what is loaded is what the archive holds, and what a crash left half written is unpacked again.
///
/// A process that has a copy open reads from it until it ends. Removing one therefore takes the manifest away, and leaves the folder to a moment when no server
/// runs.
final class PluginCopies {
    private static final Logger LOG = LoggerFactory.getLogger(PluginCopies.class);
    private static final String UNFINISHED = "next";
    private static final String MANIFEST = ".json";
    private static final String REMOVED = ".removed";

    /// No archive takes that long to unpack.
    private static final Duration GIVEN_UP = Duration.ofDays(1);

    private final Path work;

    PluginCopies(Path work) {
        this.work = work;
    }

    /// @param marked as [BuildScan] has it
    record Copy(Path folder, List<String> marked) {}

    boolean has(String digest) {
        return Files.exists(folder(digest));
    }

    /// The copy of an archive, made now if there is none that is whole.
    ///
    /// @throws BrokenPluginException if the archive may not, or cannot, be unpacked
    Copy open(Path archive, String digest) throws IOException {
        Path folder = folder(digest);
        Optional<CopyManifest> manifest = CopyManifest.read(manifest(digest));
        if (manifest.isPresent() && isWhole(manifest.get(), folder, archive)) {
            return new Copy(folder, manifest.get().marked());
        }
        return new Copy(folder, unpack(archive, digest).marked());
    }

    private static boolean isWhole(CopyManifest manifest, Path folder, Path archive) {
        try {
            Optional<String> difference = manifest.difference(folder);
            difference.ifPresent(what ->
                    LOG.warn("The unpacked copy of {} in {} is replaced: {}", archive.getFileName(), folder, what));
            return difference.isEmpty();
        } catch (IOException e) {
            LOG.warn(
                    "The unpacked copy of {} in {} is replaced: it cannot be read ({})",
                    archive.getFileName(),
                    folder,
                    e.toString());
            return false;
        }
    }

    private CopyManifest unpack(Path archive, String digest) throws IOException {
        ArchiveCheck.check(archive);
        Path next = Files.createTempDirectory(Files.createDirectories(work), UNFINISHED);
        try {
            boolean isPlainJar = archive.toString().endsWith(".jar");
            UnpackedSize size = new UnpackedSize();
            ArchiveUnpacker.unpack(archive, isPlainJar ? Files.createDirectory(next.resolve("classes")) : next, size);
            ArchiveCheck.checkJars(next, size);
            CopyManifest manifest = CopyManifest.of(next);
            put(next, manifest, digest);
            return manifest;
        } catch (IOException e) {
            throw new BrokenPluginException(
                    "it cannot be unpacked (" + e + ")", "Download or build it again, and see that there is room.", e);
        } finally {
            delete(next);
        }
    }

    /// The manifest comes first: until the folder is there, too, it is compared with one that is not.
    private void put(Path next, CopyManifest manifest, String digest) throws IOException {
        Path written = next.resolveSibling(next.getFileName() + MANIFEST);
        manifest.write(written);
        DurableFiles.put(written, manifest(digest));
        Files.deleteIfExists(removed(digest));
        Path folder = folder(digest);
        try {
            DurableFiles.putFolder(next, folder);
        } catch (IOException e) {
            if (!Files.exists(folder)) {
                throw e;
            }
            if (manifest.difference(folder).isPresent()) {
                Path former = next.resolveSibling(next.getFileName() + "-former");
                Files.move(folder, former);
                DurableFiles.putFolder(next, folder);
                delete(former);
            }
            // else another process unpacked the same archive meanwhile
        }
    }

    /// For a copy that no process can have open, since it was made just now.
    void delete(String digest) throws IOException {
        Files.deleteIfExists(manifest(digest));
        delete(folder(digest));
    }

    /// Leaves the files to [#deleteRemoved].
    void remove(String digest) throws IOException {
        if (Files.exists(manifest(digest))) {
            Files.move(manifest(digest), removed(digest), StandardCopyOption.REPLACE_EXISTING);
        }
    }

    /// Deletes the copies that were removed, and what crashes left. To be called while no server runs.
    /// What cannot be deleted is logged, and left to the next time.
    void deleteRemoved() {
        if (!Files.isDirectory(work)) {
            return;
        }
        try (Stream<Path> all = Files.list(work)) {
            for (Path file : all.toList()) {
                String name = String.valueOf(file.getFileName());
                if (name.endsWith(REMOVED)) {
                    delete(folder(name.substring(0, name.length() - REMOVED.length())));
                    Files.delete(file);
                } else if (name.startsWith(UNFINISHED) && isGivenUp(file)) {
                    delete(file);
                }
            }
        } catch (IOException e) {
            LOG.warn("What was removed from {} cannot be deleted: {}", work, e.toString());
        }
    }

    private static boolean isGivenUp(Path file) throws IOException {
        return Files.getLastModifiedTime(file).toInstant().isBefore(Instant.now().minus(GIVEN_UP));
    }

    private Path folder(String digest) {
        return work.resolve(digest);
    }

    private Path manifest(String digest) {
        return work.resolve(digest + MANIFEST);
    }

    private Path removed(String digest) {
        return work.resolve(digest + REMOVED);
    }

    private static void delete(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
