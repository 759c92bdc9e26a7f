// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.plugin;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// Finds what could be plugins: folders of a checkout, and pinned archives, which are unpacked beside their kind so that the originals may be replaced.
final class PluginCandidates {
    /// @param folder holds `classes/` and perhaps `lib/`
    /// @param source where it came from, as a user knows it
    /// @param digest of its own content
    record Candidate(Path folder, Path source, String digest) {}

    private final PluginFolders folders;
    private final List<Candidate> found = new ArrayList<>();
    private final List<PluginReport> refused = new ArrayList<>();

    PluginCandidates(PluginFolders folders) throws IOException {
        this.folders = folders;
        findInCheckout();
        findArchives();
    }

    List<Candidate> found() {
        return found;
    }

    List<PluginReport> refused() {
        return refused;
    }

    private void findInCheckout() throws IOException {
        Path checkout = folders.checkout();
        if (checkout == null || !Files.isDirectory(checkout.resolve("plugins"))) {
            return;
        }
        for (Path folder : listed(checkout.resolve("plugins"))) {
            Path target = folder.resolve("target");
            if (Files.isRegularFile(target.resolve("classes/plugin.properties"))) {
                found.add(new Candidate(target, folder, FileDigest.ofFolder(target.resolve("classes"))));
            }
        }
    }

    private void findArchives() throws IOException {
        if (!Files.isDirectory(folders.archives())) {
            return;
        }
        PluginLock lock = PluginLock.read(folders.lockFile());
        for (Path archive : listed(folders.archives())) {
            String name = archive.getFileName().toString();
            if (!name.endsWith(".zip") && !name.endsWith(".jar")) {
                continue;
            }
            String digest = FileDigest.ofFile(archive);
            Optional<String> pinned = lock.digest(name);
            if (pinned.isEmpty()) {
                refuse(
                        archive,
                        "it was put into the folder by hand and is not pinned",
                        "Run: diptych plugin add " + archive);
            } else if (!pinned.get().equals(digest)) {
                refuse(
                        archive,
                        "its content changed since it was added (SHA-256 " + digest + ", pinned " + pinned.get() + ")",
                        "If you changed it, run: diptych plugin add " + archive);
            } else {
                unpacked(archive, digest);
            }
        }
    }

    private void unpacked(Path archive, String digest) throws IOException {
        Optional<ArchiveCheck.Refusal> refusal = ArchiveCheck.check(archive);
        if (refusal.isPresent()) {
            refuse(archive, refusal.get().reason(), refusal.get().fix());
            return;
        }
        Path folder = folders.work().resolve(digest);
        if (!Files.isDirectory(folder)) {
            Path next = Files.createTempDirectory(Files.createDirectories(folders.work()), "next");
            boolean isPlainJar = archive.toString().endsWith(".jar");
            ArchiveCheck.unpack(archive, isPlainJar ? Files.createDirectory(next.resolve("classes")) : next);
            try {
                Files.move(next, folder);
            } catch (FileAlreadyExistsException e) {
                // another process unpacked the same archive meanwhile; its copy is equal
            }
        }
        found.add(new Candidate(folder, archive, digest));
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
