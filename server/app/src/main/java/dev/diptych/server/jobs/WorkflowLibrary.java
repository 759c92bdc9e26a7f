// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.jobs;

import dev.diptych.server.store.Database;
import dev.diptych.server.store.WorkflowStore;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/// The workflows that the server stores. Documents come in validated, with the revision computed from them.
public final class WorkflowLibrary {
    private final WorkflowStore store;
    private final JobClock clock;

    public WorkflowLibrary(Database database, JobClock clock) {
        this.store = new WorkflowStore(database);
        this.clock = clock;
    }

    /// One revision of a workflow.
    ///
    /// @param document JSON
    public record Entry(String name, String revision, String title, String document, Instant created) {
        private static Entry of(WorkflowStore.Stored stored) {
            return new Entry(
                    stored.name(),
                    stored.revision(),
                    stored.title(),
                    stored.document(),
                    Instant.ofEpochMilli(stored.created()));
        }
    }

    /// What became of a save.
    ///
    /// @param latest     the latest revision now; null if there is none, though one was expected
    /// @param isConflict true if nothing was saved because the latest revision is another than expected
    public record Saved(@Nullable Entry latest, boolean isConflict) {}

    /// Saves a new revision; saving the latest one again changes nothing but its layout.
    ///
    /// @param expected the revision the author began with; null if there was none
    public CompletableFuture<Saved> save(
            String name, String revision, String title, String document, @Nullable String expected) {
        var entry = new WorkflowStore.Stored(name, revision, title, document, clock.milliseconds());
        return store.save(entry, expected)
                .thenApply(saved -> {
                    WorkflowStore.Stored latest = saved.latest();
                    return new Saved(latest == null ? null : Entry.of(latest), saved.isConflict());
                });
    }

    /// @param revision null for the latest
    public Optional<Entry> find(String name, @Nullable String revision) {
        return store.find(name, revision).map(Entry::of);
    }

    /// The latest revision of each, by name.
    public List<Entry> list() {
        return store.list().stream().map(Entry::of).toList();
    }

    /// All revisions of one, newest first.
    public List<Entry> revisions(String name) {
        return store.revisions(name).stream().map(Entry::of).toList();
    }
}
