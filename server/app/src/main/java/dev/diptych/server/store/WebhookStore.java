// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.store;

import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/// Who is to be told that a job has ended. A change names the epoch of the end that it is about, and does nothing after a retry.
public final class WebhookStore {
    private final Database database;

    public WebhookStore(Database database) {
        this.database = database;
    }

    /// @param epoch    of the job as it ended
    /// @param attempts that failed
    public record Due(String job, long epoch, String url, int attempts) {}

    /// Those whose jobs have ended and whose time has come; or is further away than any pause, since then the clock was set back.
    public List<Due> due(long now, Duration longestPause, int limit) {
        return database.read(reader ->
                reader.createQuery(
                                "SELECT w.job, j.epoch, w.url, w.attempts FROM webhooks w JOIN jobs j ON j.id = w.job "
                                        + "WHERE w.settled = 0 AND j.finished IS NOT NULL AND (w.due <= ? OR w.due > ?) ORDER BY w.due LIMIT ?")
                        .bind(0, now)
                        .bind(1, now + longestPause.toMillis())
                        .bind(2, limit)
                        .map((row, _) -> new Due(row.getString(1), row.getLong(2), row.getString(3), row.getInt(4)))
                        .list());
    }

    /// Was told, or is given up.
    public CompletableFuture<Integer> settle(String job, long epoch) {
        return database.write(
                Durability.SYNCED,
                session ->
                        session.update(
                                "UPDATE webhooks SET settled = 1 WHERE job = ? AND EXISTS "
                                        + "(SELECT 1 FROM jobs WHERE id = webhooks.job AND epoch = ?)",
                                job,
                                epoch));
    }

    public CompletableFuture<Integer> postpone(String job, long epoch, long due) {
        return database.write(
                Durability.GROUPED,
                session ->
                        session.update(
                                "UPDATE webhooks SET attempts = attempts + 1, due = ? WHERE job = ? AND EXISTS "
                                        + "(SELECT 1 FROM jobs WHERE id = webhooks.job AND epoch = ?)",
                                due,
                                job,
                                epoch));
    }

    /// Of a job that is tried again: whoever was told is told of its next end too.
    static void renew(Session session, String job) throws SQLException {
        session.update("UPDATE webhooks SET settled = 0, attempts = 0, due = 0 WHERE job = ?", job);
    }
}
