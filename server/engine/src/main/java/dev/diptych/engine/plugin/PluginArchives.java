// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.plugin;

import org.pf4j.PluginDescriptor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Installs and removes archives. What would not load is not installed, and nothing changes; an archive takes the place of an older one of the same plugin.
final class PluginArchives {
    private PluginArchives() {}

    static PluginReport add(Path archive, PluginFolders folders) throws IOException {
        String name = String.valueOf(archive.getFileName());
        try {
            return install(archive, name, folders);
        } catch (BrokenPluginException e) {
            return PluginReport.broken(name, "", archive.toString(), e.reason(), e.fix());
        }
    }

    private static PluginReport install(Path archive, String name, PluginFolders folders) throws IOException {
        if (!PluginCandidates.isArchive(name)) {
            throw new BrokenPluginException(
                    "a plugin archive is a .zip or .jar file", "Give the archive that the plugin's build makes.", null);
        }
        Path target = folders.archives().resolve(name);
        String digest = FileDigest.ofFile(archive);
        PluginCandidates.Candidate candidate = PluginCandidates.unpacked(archive, digest, target, folders);
        PluginDescriptor descriptor = DescriptorReader.read(candidate.folder());
        PluginCandidates installed = new PluginCandidates(folders);
        List<Path> replaced = new ArrayList<>();
        List<PluginCandidates.Candidate> candidates = new ArrayList<>();
        for (PluginCandidates.Candidate other : installed.found()) {
            if (other.source().startsWith(folders.archives()) && isSame(other, target, descriptor)) {
                replaced.add(other.source());
            } else {
                candidates.add(other);
            }
        }
        candidates.add(candidate);
        PluginReport report;
        try (PluginHost host = PluginHost.open(folders, candidates, List.of())) {
            report = report(host, target).orElseThrow();
        }
        if (report.state() == PluginReport.State.BROKEN) {
            return report;
        }
        replace(archive, target, digest, folders);
        for (Path older : replaced) {
            if (!older.equals(target)) {
                delete(older, folders);
            }
        }
        return report;
    }

    private static boolean isSame(PluginCandidates.Candidate other, Path target, PluginDescriptor descriptor) {
        try {
            return other.source().equals(target)
                    || DescriptorReader.read(other.folder()).getPluginId().equals(descriptor.getPluginId());
        } catch (BrokenPluginException e) {
            return false;
        }
    }

    private static Optional<PluginReport> report(PluginHost host, Path source) {
        return host.reports().stream().filter(report -> report.source().equals(source.toString())).findFirst();
    }

    /// Under a temporary name first: a crash leaves no half archive behind.
    private static void replace(Path archive, Path target, String digest, PluginFolders folders) throws IOException {
        Files.createDirectories(folders.archives());
        if (!Files.exists(target) || !Files.isSameFile(archive, target)) {
            Path next = target.resolveSibling(target.getFileName() + ".next");
            Files.copy(archive, next, StandardCopyOption.REPLACE_EXISTING);
            Files.move(next, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        }
        PluginLock.read(folders.lockFile()).pin(String.valueOf(target.getFileName()), digest);
    }

    static boolean remove(String idOrFile, PluginFolders folders) throws IOException {
        List<Path> sources;
        try (PluginHost host = PluginHost.open(folders)) {
            sources =
                    host.reports().stream()
                            .filter(report ->
                                    report.id().equals(idOrFile) || Path.of(report.source()).endsWith(idOrFile))
                            .map(report -> Path.of(report.source()))
                            .filter(source -> source.startsWith(folders.archives()))
                            .toList();
        }
        for (Path source : sources) {
            delete(source, folders);
        }
        return !sources.isEmpty();
    }

    private static void delete(Path archive, PluginFolders folders) throws IOException {
        Files.deleteIfExists(archive);
        PluginLock.read(folders.lockFile()).unpin(String.valueOf(archive.getFileName()));
    }
}
