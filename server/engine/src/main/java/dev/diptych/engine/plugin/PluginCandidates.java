// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.plugin;

import dev.diptych.engine.value.Digests;

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
            found.add(unpacked(archive, Digests.of(archive), archive, folders));
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
            String name = String.valueOf(archive.getFileName());
            Optional<PluginLock.Pin> pin = lock.pin(name);
            if (isArchive(name) && pin.isPresent()) {
                takePinned(archive, pin.get());
            } else if (isArchive(name)) {
                refuse(
                        archive,
                        "it was put into the folder by hand and is not pinned",
                        "Run: diptych plugin add " + archive);
            }
        }
    }

    private void takePinned(Path archive, PluginLock.Pin pin) {
        try {
            String digest = Digests.of(archive);
            if (!digest.equals(pin.sha256())) {
                throw new BrokenPluginException(
                        "its content changed since it was added (SHA-256 " + digest + ", pinned " + pin.sha256() + ")",
                        "If you changed it, run: diptych plugin add " + archive,
                        null);
            }
            found.add(unpacked(archive, digest, archive, folders));
        } catch (BrokenPluginException e) {
            refuse(archive, pin, e.reason(), e.fix());
        } catch (IOException e) {
            refuse(archive, pin, "it cannot be read (" + e + ")", "Mend that, or remove the file.");
        }
    }

    static boolean isArchive(String name) {
        return name.endsWith(".zip") || name.endsWith(".jar");
    }

    /// Unpacks an archive that lies, or will lie, at `source`.
    ///
    /// @throws BrokenPluginException if it may not, or cannot, be unpacked
    static Candidate unpacked(Path archive, String digest, Path source, PluginFolders folders) throws IOException {
        PluginCopies.Copy copy = new PluginCopies(folders.work()).open(archive, digest);
        return new Candidate(copy.folder(), source, digest, copy.marked());
    }

    private void refuse(Path archive, String reason, String fix) {
        refused.add(PluginReport.broken(String.valueOf(archive.getFileName()), "", archive.toString(), reason, fix));
    }

    /// Whatever has become of the archive, the pin says whose it was.
    private void refuse(Path archive, PluginLock.Pin pin, String reason, String fix) {
        if (pin.id().isEmpty()) {
            refuse(archive, reason, fix);
        } else {
            refused.add(PluginReport.broken(pin.id(), pin.version(), archive.toString(), reason, fix));
        }
    }

    private static List<Path> listed(Path folder) throws IOException {
        try (Stream<Path> list = Files.list(folder)) {
            return list.sorted(Comparator.naturalOrder()).toList();
        }
    }
}
