// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.store;

import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/// The events of jobs, each with its number.
public final class EventStore {
    private final Database database;

    public EventStore(Database database) {
        this.database = database;
    }

    /// The event of a job that reached a state.
    public static EventRow state(String job, long number, String state) {
        return new EventRow(job, number, "state", "{\"state\":\"" + state + "\"}");
    }

    static void insert(Session session, EventRow event) throws SQLException {
        session.update(
                "INSERT OR IGNORE INTO events (job, seq, kind, body) VALUES (?, ?, ?, ?)",
                event.job(),
                event.sequence(),
                event.kind(),
                event.body());
    }

    public CompletableFuture<Boolean> append(EventRow event) {
        return database.write(
                Durability.GROUPED,
                session -> {
                    insert(session, event);
                    return true;
                });
    }

    /// The number of the last stored event, 0 if there is none.
    public long last(String job) {
        return database.read(reader ->
                reader.createQuery("SELECT coalesce(max(seq), 0) FROM events WHERE job = ?")
                        .bind(0, job)
                        .mapTo(Long.class)
                        .one());
    }

    /// Whether there is a stored event of this number.
    public boolean has(String job, long number) {
        return database.read(reader ->
                reader.createQuery("SELECT count(*) FROM events WHERE job = ? AND seq = ?")
                                .bind(0, job)
                                .bind(1, number)
                                .mapTo(Long.class)
                                .one()
                        > 0);
    }

    /// The first stored events after a number, in order.
    public List<EventRow> after(String job, long number, int most) {
        return database.read(reader ->
                reader.createQuery("SELECT seq, kind, body FROM events WHERE job = ? AND seq > ? ORDER BY seq LIMIT ?")
                        .bind(0, job)
                        .bind(1, number)
                        .bind(2, most)
                        .map((row, _) -> new EventRow(job, row.getLong(1), row.getString(2), row.getString(3)))
                        .list());
    }
}
