// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.plugin;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// Finds what could be plugins: folders of a checkout, archives that came with a release, and pinned archives. Archives are unpacked in the data folder, so that
/// the originals may be replaced, or lie where nobody may write.
final class PluginCandidates {
    /// @param folder holds `classes/` and perhaps `lib/`
    /// @param source where it came from, as a user knows it
    /// @param digest of its own content
    /// @param marked as [BuildScan] has it
    record Candidate(Path folder, Path source, String digest, List<String> marked) {
        /// A folder of the plugin that is no part of its classes: in a checkout it lies beside the sources, since the build copies classes only.
        Path beside(String name) {
            return folder.equals(source.resolve("target")) ? source.resolve(name) : folder.resolve(name);
        }
    }

    private final PluginFolders folders;
    private final List<Candidate> found = new ArrayList<>();
    private final List<PluginReport> refused = new ArrayList<>();

    PluginCandidates(PluginFolders folders) throws IOException {
        this.folders = folders;
        findAtHome();
        findArchives();
    }

    List<Candidate> found() {
        return found;
    }

    List<PluginReport> refused() {
        return refused;
    }

    private void findAtHome() throws IOException {
        Path home = folders.home();
        if (home == null || !Files.isDirectory(home.resolve("plugins"))) {
            return;
        }
        for (Path folder : listed(home.resolve("plugins"))) {
            Path target = folder.resolve("target");
            if (Files.isRegularFile(folder) && isArchive(String.valueOf(folder.getFileName()))) {
                takeBundled(folder);
            } else if (Files.isRegularFile(target.resolve("classes/plugin.properties"))) {
                try {
                    BuildScan scan = BuildScan.of(target);
                    found.add(new Candidate(target, folder, scan.digest(), scan.marked()));
                } catch (IOException | UncheckedIOException e) {
                    refuse(folder, "its classes cannot be read (" + e + ")", "Build it again.");
                }
            }
        }
    }

    /// What came with the program is trusted like the program: it is not pinned.
    private void takeBundled(Path archive) {
        try {
            found.add(unpacked(archive, FileDigest.ofFile(archive), archive, folders));
        } catch (BrokenPluginException e) {
            refuse(archive, e.reason(), "Unpack this release of Diptych again.");
        } catch (IOException e) {
            refuse(archive, "it cannot be read or unpacked (" + e + ")", "Mend that, or name another data folder.");
        }
    }

    private void findArchives() throws IOException {
        if (!Files.isDirectory(folders.archives())) {
            return;
        }
        PluginLock lock = PluginLock.read(folders.lockFile());
        for (Path archive : listed(folders.archives())) {
            if (isArchive(String.valueOf(archive.getFileName()))) {
                try {
                    check(archive, lock);
                } catch (BrokenPluginException e) {
                    refuse(archive, e.reason(), e.fix());
                } catch (IOException e) {
                    refuse(archive, "it cannot be read (" + e + ")", "Mend that, or remove the file.");
                }
            }
        }
    }

    static boolean isArchive(String name) {
        return name.endsWith(".zip") || name.endsWith(".jar");
    }

    private void check(Path archive, PluginLock lock) throws IOException {
        String digest = FileDigest.ofFile(archive);
        Optional<String> pinned = lock.digest(String.valueOf(archive.getFileName()));
        if (pinned.isEmpty()) {
            throw new BrokenPluginException(
                    "it was put into the folder by hand and is not pinned", "Run: diptych plugin add " + archive, null);
        }
        if (!pinned.get().equals(digest)) {
            throw new BrokenPluginException(
                    "its content changed since it was added (SHA-256 " + digest + ", pinned " + pinned.get() + ")",
                    "If you changed it, run: diptych plugin add " + archive,
                    null);
        }
        found.add(unpacked(archive, digest, archive, folders));
    }

    /// Unpacks an archive that lies, or will lie, at `source`.
    ///
    /// @throws BrokenPluginException if it may not, or cannot, be unpacked
    static Candidate unpacked(Path archive, String digest, Path source, PluginFolders folders) throws IOException {
        Path folder = unpacked(archive, digest, folders);
        return new Candidate(folder, source, digest, BuildScan.of(folder).marked());
    }

    private static Path unpacked(Path archive, String digest, PluginFolders folders) throws IOException {
        Optional<ArchiveCheck.Refusal> refusal = ArchiveCheck.check(archive);
        if (refusal.isPresent()) {
            throw new BrokenPluginException(refusal.get().reason(), refusal.get().fix(), null);
        }
        Path folder = folders.work().resolve(digest);
        if (Files.isDirectory(folder)) {
            return folder;
        }
        Path next = Files.createTempDirectory(Files.createDirectories(folders.work()), "next");
        try {
            boolean isPlainJar = archive.toString().endsWith(".jar");
            ArchiveCheck.unpack(archive, isPlainJar ? Files.createDirectory(next.resolve("classes")) : next);
            Files.move(next, folder);
        } catch (IOException e) {
            delete(next);
            if (!Files.isDirectory(folder)) {
                throw new BrokenPluginException(
                        "it cannot be unpacked (" + e + ")",
                        "Download or build it again, and see that there is room.",
                        e);
            }
            // another process unpacked the same archive meanwhile; its copy is equal
        }
        return folder;
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    private void refuse(Path archive, String reason, String fix) {
        refused.add(PluginReport.broken(archive.getFileName().toString(), "", archive.toString(), reason, fix));
    }

    private static List<Path> listed(Path folder) throws IOException {
        try (Stream<Path> list = Files.list(folder)) {
            return list.sorted(Comparator.naturalOrder()).toList();
        }
    }
}
