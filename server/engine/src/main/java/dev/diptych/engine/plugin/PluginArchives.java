// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.plugin;

import com.github.zafarkhaja.semver.Version;

import dev.diptych.engine.value.Digests;
import dev.diptych.engine.value.DurableFiles;

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
    private final PluginFolders folders;
    private final PluginCopies copies;

    PluginArchives(PluginFolders folders) {
        this.folders = folders;
        copies = new PluginCopies(folders.work());
    }

    /// @param version empty if it cannot be told
    private record Installed(Path archive, String id, String version) {}

    PluginReport add(Path archive, boolean allowsOlder) throws IOException {
        String name = String.valueOf(archive.getFileName());
        if (!PluginCandidates.isArchive(name)) {
            return PluginReport.broken(
                    name,
                    "",
                    archive.toString(),
                    "a plugin archive is a .zip or .jar file",
                    "Give the archive that the plugin's build makes.");
        }
        String digest = Digests.of(archive);
        boolean isNew = !copies.has(digest);
        boolean isInstalled = false;
        try {
            PluginReport report = install(archive, digest, folders.archives().resolve(name), allowsOlder);
            isInstalled = report.state() == PluginReport.State.LOADED;
            return report;
        } catch (BrokenPluginException e) {
            return PluginReport.broken(name, "", archive.toString(), e.reason(), e.fix());
        } finally {
            if (isNew && !isInstalled) {
                copies.delete(digest);
            }
        }
    }

    private PluginReport install(Path archive, String digest, Path target, boolean allowsOlder) throws IOException {
        PluginCandidates.Candidate candidate = PluginCandidates.unpacked(archive, digest, target, folders);
        PluginDescriptor descriptor = DescriptorReader.read(candidate.folder());
        PluginCandidates there = new PluginCandidates(folders);
        List<Installed> replaced =
                installed(there).stream()
                        .filter(other -> other.archive().equals(target) || other.id().equals(descriptor.getPluginId()))
                        .toList();
        if (!allowsOlder) {
            requireNoneNewer(replaced, descriptor, archive);
        }
        List<PluginCandidates.Candidate> candidates = new ArrayList<>(there.found());
        candidates.removeIf(other -> replaced.stream().anyMatch(former -> former.archive().equals(other.source())));
        candidates.add(candidate);
        PluginReport report;
        try (PluginHost host = PluginHost.open(folders, candidates, List.of())) {
            report = report(host, target).orElseThrow();
        }
        if (report.state() == PluginReport.State.BROKEN) {
            return report;
        }
        put(archive, target);
        PluginLock.Pin pin = new PluginLock.Pin(digest, descriptor.getPluginId(), descriptor.getVersion());
        PluginLock lock = lock();
        Optional<PluginLock.Pin> former = lock.pin(name(target));
        lock.pin(name(target), pin);
        removeCopy(former);
        for (Installed other : replaced) {
            if (!other.archive().equals(target)) {
                delete(other.archive());
            }
        }
        return report;
    }

    /// All archives that were added, those that are broken by now included.
    private List<Installed> installed(PluginCandidates there) {
        List<Installed> installed = new ArrayList<>();
        for (PluginReport refused : there.refused()) {
            installed.add(new Installed(Path.of(refused.source()), refused.id(), refused.version()));
        }
        for (PluginCandidates.Candidate found : there.found()) {
            try {
                PluginDescriptor descriptor = DescriptorReader.read(found.folder());
                installed.add(new Installed(found.source(), descriptor.getPluginId(), descriptor.getVersion()));
            } catch (BrokenPluginException e) {
                installed.add(new Installed(found.source(), "", ""));
            }
        }
        installed.removeIf(archive -> !archive.archive().startsWith(folders.archives()));
        return installed;
    }

    private static void requireNoneNewer(List<Installed> others, PluginDescriptor descriptor, Path archive) {
        Version version = Version.parse(descriptor.getVersion());
        for (Installed other : others) {
            boolean isNewer =
                    other.id().equals(descriptor.getPluginId())
                            && Version.tryParse(other.version()).filter(version::isLowerThan).isPresent();
            if (isNewer) {
                throw new BrokenPluginException(
                        "it is version "
                                + descriptor.getVersion()
                                + " of the plugin "
                                + other.id()
                                + ", and "
                                + other.version()
                                + " is installed",
                        "To go back to the older one, run: diptych plugin add --allow-older " + archive,
                        null);
            }
        }
    }

    private static Optional<PluginReport> report(PluginHost host, Path source) {
        return host.reports().stream().filter(report -> report.source().equals(source.toString())).findFirst();
    }

    /// Under a temporary name first: a crash leaves no half archive behind.
    private void put(Path archive, Path target) throws IOException {
        Files.createDirectories(folders.archives());
        if (!Files.exists(target) || !Files.isSameFile(archive, target)) {
            Path next = target.resolveSibling(target.getFileName() + ".next");
            Files.copy(archive, next, StandardCopyOption.REPLACE_EXISTING);
            DurableFiles.put(next, target);
        }
    }

    boolean remove(String idOrFile) throws IOException {
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
            delete(source);
        }
        return !sources.isEmpty();
    }

    private void delete(Path archive) throws IOException {
        Files.deleteIfExists(archive);
        PluginLock lock = lock();
        Optional<PluginLock.Pin> pin = lock.pin(name(archive));
        lock.unpin(name(archive));
        removeCopy(pin);
    }

    /// @param pin what no longer counts; the same archive may be there under another name
    private void removeCopy(Optional<PluginLock.Pin> pin) throws IOException {
        if (pin.isPresent() && !lock().pins(pin.get().sha256())) {
            copies.remove(pin.get().sha256());
        }
    }

    private PluginLock lock() throws IOException {
        return PluginLock.read(folders.lockFile());
    }

    private static String name(Path archive) {
        return String.valueOf(archive.getFileName());
    }
}
