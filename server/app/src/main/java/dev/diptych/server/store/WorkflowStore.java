// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.store;

import org.jspecify.annotations.Nullable;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/// Stored workflows: each save is a new revision, of which nothing is changed later but what does not count for it, the editor's layout.
public final class WorkflowStore {
    private static final String COLUMNS = "name, revision, title, document, created";
    private static final String LATEST =
            "SELECT " + COLUMNS + " FROM workflows WHERE name = ? ORDER BY number DESC LIMIT 1";

    private final Database database;

    public WorkflowStore(Database database) {
        this.database = database;
    }

    /// One revision.
    public record Stored(String name, String revision, String title, String document, long created) {
        private static Stored read(ResultSet row) throws SQLException {
            return new Stored(row.getString(1), row.getString(2), row.getString(3), row.getString(4), row.getLong(5));
        }
    }

    /// What became of a save: the latest revision, and whether it conflicts with the one expected.
    public record Saved(@Nullable Stored latest, boolean isConflict) {}

    /// @param expected the revision that the author began with; null if there was none
    public CompletableFuture<Saved> save(Stored workflow, @Nullable String expected) {
        return database.write(
                Durability.SYNCED,
                session -> {
                    Optional<Stored> latest = session.first(Stored::read, LATEST, workflow.name());
                    String found = latest.map(Stored::revision).orElse(null);
                    if (workflow.revision().equals(found)) {
                        Stored same = latest.orElseThrow();
                        session.update(
                                "UPDATE workflows SET document = ? WHERE name = ? AND number = "
                                        + "(SELECT max(number) FROM workflows WHERE name = ?)",
                                workflow.document(),
                                workflow.name(),
                                workflow.name());
                        return new Saved(
                                new Stored(
                                        same.name(),
                                        same.revision(),
                                        same.title(),
                                        workflow.document(),
                                        same.created()),
                                false);
                    }
                    if (found == null ? expected != null : !found.equals(expected)) {
                        return new Saved(latest.orElse(null), true);
                    }
                    session.update(
                            "INSERT INTO workflows (name, number, revision, title, document, created) VALUES (?, "
                                    + "(SELECT coalesce(max(number), 0) + 1 FROM workflows WHERE name = ?), ?, ?, ?, ?)",
                            workflow.name(),
                            workflow.name(),
                            workflow.revision(),
                            workflow.title(),
                            workflow.document(),
                            workflow.created());
                    return new Saved(workflow, false);
                });
    }

    /// @param revision null for the latest
    public Optional<Stored> find(String name, @Nullable String revision) {
        String sql =
                revision == null
                        ? LATEST
                        : "SELECT "
                                + COLUMNS
                                + " FROM workflows WHERE name = ? AND revision = ? ORDER BY number DESC LIMIT 1";
        return database.read(reader -> {
            var query = reader.createQuery(sql).bind(0, name);
            if (revision != null) {
                query.bind(1, revision);
            }
            return query.map((row, _) -> Stored.read(row)).findOne();
        });
    }

    /// The latest revision of each, by name.
    public List<Stored> list() {
        return database.read(reader ->
                reader.createQuery(
                                "SELECT "
                                        + COLUMNS
                                        + " FROM workflows w WHERE number = "
                                        + "(SELECT max(number) FROM workflows WHERE name = w.name) ORDER BY name")
                        .map((row, _) -> Stored.read(row))
                        .list());
    }

    /// All revisions of one, newest first.
    public List<Stored> revisions(String name) {
        return database.read(reader ->
                reader.createQuery("SELECT " + COLUMNS + " FROM workflows WHERE name = ? ORDER BY number DESC")
                        .bind(0, name)
                        .map((row, _) -> Stored.read(row))
                        .list());
    }
}
