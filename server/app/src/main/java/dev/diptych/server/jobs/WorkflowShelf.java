// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.jobs;

import dev.diptych.engine.document.DocumentException;
import dev.diptych.engine.document.Revision;
import dev.diptych.engine.document.WorkflowDocument;
import dev.diptych.engine.document.WorkflowReader;
import dev.diptych.engine.document.WorkflowWriter;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/// All workflows that can be named: those that are stored, and those of a folder that came with Diptych, which cannot be
/// changed. A stored one hides one of the folder. Thread-safe.
public final class WorkflowShelf {
    private static final Logger LOG = LoggerFactory.getLogger(WorkflowShelf.class);
    private static final long LOOK_AGAIN_NANOS = 2_000_000_000L;

    private final WorkflowLibrary library;
    private final WorkflowReader reader;
    private final @Nullable Path folder;
    private Map<String, Shelved> folderEntries = Map.of();
    private Map<Path, Long> folderState = Map.of();
    private long lookedAt = System.nanoTime() - LOOK_AGAIN_NANOS;

    /// @param folder null for none
    public WorkflowShelf(WorkflowLibrary library, WorkflowReader reader, @Nullable Path folder) {
        this.library = library;
        this.reader = reader;
        this.folder = folder;
    }

    /// One revision.
    ///
    /// @param document as it is stored, JSON
    /// @param created  null for one of the folder
    public record Shelved(String name, String revision, String title, String document, @Nullable Instant created) {
        public boolean isReadOnly() {
            return created == null;
        }

        private static Shelved of(WorkflowLibrary.Entry entry) {
            return new Shelved(entry.name(), entry.revision(), entry.title(), entry.document(), entry.created());
        }
    }

    /// @param revision null for the latest
    public Optional<Shelved> find(String name, @Nullable String revision) {
        Optional<Shelved> stored = library.find(name, revision).map(Shelved::of);
        return stored.isPresent()
                ? stored
                : Optional.ofNullable(ofFolder().get(name))
                        .filter(entry -> revision == null || entry.revision().equals(revision));
    }

    /// @param reference `name` or `name@revision`
    public Optional<WorkflowDocument> document(String reference) {
        int at = reference.indexOf('@');
        return find(at < 0 ? reference : reference.substring(0, at), at < 0 ? null : reference.substring(at + 1))
                .map(entry -> reader.read(entry.document()));
    }

    /// The latest revision of each, by name.
    public Collection<Shelved> list() {
        Map<String, Shelved> all = new TreeMap<>(ofFolder());
        library.list().forEach(entry -> all.put(entry.name(), Shelved.of(entry)));
        return all.values();
    }

    /// All revisions, newest first.
    public List<Shelved> revisions(String name) {
        List<Shelved> all = new ArrayList<>(library.revisions(name).stream().map(Shelved::of).toList());
        Shelved read = ofFolder().get(name);
        if (read != null && all.stream().noneMatch(entry -> entry.revision().equals(read.revision()))) {
            all.add(read);
        }
        return all;
    }

    private synchronized Map<String, Shelved> ofFolder() {
        if (folder == null || System.nanoTime() - lookedAt < LOOK_AGAIN_NANOS) {
            return folderEntries;
        }
        lookedAt = System.nanoTime();
        try (Stream<Path> files = Files.list(folder)) {
            Map<Path, Long> state = new TreeMap<>();
            for (Path file : (Iterable<Path>) files.filter(file -> file.toString().endsWith(".json"))::iterator) {
                state.put(file, Files.getLastModifiedTime(file).toMillis());
            }
            if (!state.equals(folderState)) {
                folderState = state;
                Map<String, Shelved> entries = new TreeMap<>();
                state.keySet().forEach(file -> read(file).ifPresent(entry -> entries.put(entry.name(), entry)));
                folderEntries = entries;
            }
        } catch (IOException e) {
            LOG.debug("The folder {} of workflows cannot be read: {}", folder, e.toString());
        }
        return folderEntries;
    }

    private Optional<Shelved> read(Path file) {
        try {
            WorkflowDocument document = reader.read(Files.readAllBytes(file));
            return Optional.of(
                    new Shelved(
                            document.name(),
                            Revision.of(document),
                            document.title(),
                            new WorkflowWriter().write(document),
                            null));
        } catch (IOException | DocumentException e) {
            LOG.warn("{} is left out: {}", file, e.getMessage());
            return Optional.empty();
        }
    }
}
