// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.store;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/// Who is still to be told that a job has ended.
public final class WebhookStore {
    private final Database database;

    public WebhookStore(Database database) {
        this.database = database;
    }

    /// @param attempts that failed
    public record Due(String job, String url, int attempts) {}

    /// Those whose jobs have ended and whose time has come; or is further away than any pause, since then the clock was set back.
    public List<Due> due(long now, Duration longestPause, int limit) {
        return database.read(reader ->
                reader.createQuery(
                                "SELECT w.job, w.url, w.attempts FROM webhooks w JOIN jobs j ON j.id = w.job "
                                        + "WHERE j.finished IS NOT NULL AND (w.due <= ? OR w.due > ?) ORDER BY w.due LIMIT ?")
                        .bind(0, now)
                        .bind(1, now + longestPause.toMillis())
                        .bind(2, limit)
                        .map((row, _) -> new Due(row.getString(1), row.getString(2), row.getInt(3)))
                        .list());
    }

    public CompletableFuture<Integer> remove(String job) {
        return database.write(Durability.SYNCED, session -> session.update("DELETE FROM webhooks WHERE job = ?", job));
    }

    public CompletableFuture<Integer> postpone(String job, long due) {
        return database.write(
                Durability.GROUPED,
                session ->
                        session.update("UPDATE webhooks SET attempts = attempts + 1, due = ? WHERE job = ?", due, job));
    }
}
