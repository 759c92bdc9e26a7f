// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.store;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/// Queued jobs that were planned with plugins which are not installed any more. Each change leaves a job alone that is not queued.
public final class PlanStore {
    private final Database database;

    public PlanStore(Database database) {
        this.database = database;
    }

    private record PluginSet(long number, String digests) {}

    /// Ids of such jobs, in order.
    ///
    /// @param installed digests of the plugins
    /// @param after     only jobs with greater ids
    public List<String> outdated(Set<String> installed, String after, int limit) {
        return database.read(reader -> {
            List<Long> sets =
                    reader
                            .createQuery("SELECT id, digests FROM plugin_sets")
                            .map((row, _) -> new PluginSet(row.getLong(1), row.getString(2)))
                            .stream()
                            .filter(set -> !PluginSets.isCovered(set.digests(), installed))
                            .map(PluginSet::number)
                            .toList();
            return sets.isEmpty()
                    ? List.of()
                    : reader.createQuery(
                                    "SELECT id FROM jobs WHERE state = 'queued' AND id > ? "
                                            + "AND plugin_set IN (SELECT value FROM json_each(?)) ORDER BY id LIMIT ?")
                            .bind(0, after)
                            .bind(1, sets.toString())
                            .bind(2, limit)
                            .mapTo(String.class)
                            .list();
        });
    }

    /// The texts of a job, if it is such a one.
    public Optional<JobRow.Texts> outdated(Set<String> installed, String job) {
        return database.read(reader ->
                reader.createQuery(
                                "SELECT j.workflow, j.inputs, j.outputs, s.digests FROM jobs j "
                                        + "JOIN plugin_sets s ON s.id = j.plugin_set WHERE j.id = ? AND j.state = 'queued'")
                        .bind(0, job)
                        .map((row, _) ->
                                PluginSets.isCovered(row.getString(4), installed)
                                        ? Optional.<JobRow.Texts>empty()
                                        : Optional.of(
                                                new JobRow.Texts(row.getString(1), row.getString(2), row.getString(3))))
                        .findOne()
                        .orElse(Optional.empty()));
    }

    /// Stores what a job needs now.
    ///
    /// @param workflow its bundle, brought forward
    /// @return whether it still was queued
    public CompletableFuture<Boolean> renew(String job, String workflow, Set<String> plugins) {
        return database.write(
                Durability.GROUPED,
                session ->
                        session.update(
                                        "UPDATE jobs SET workflow = ?, plugin_set = ? WHERE id = ? AND state = 'queued'",
                                        workflow,
                                        PluginSets.number(session, plugins),
                                        job)
                                > 0);
    }

    /// Fails a job that cannot run any more.
    ///
    /// @param error  JSON array of problems
    /// @param number of the event, used only if the state changes
    /// @return whether it still was queued
    public CompletableFuture<Boolean> fail(String job, String error, long number, long now) {
        return database.write(
                Durability.SYNCED,
                session -> {
                    int changed =
                            session.update(
                                    "UPDATE jobs SET state = 'failed', error = ?, finished = ? WHERE id = ? AND state = 'queued'",
                                    error,
                                    now,
                                    job);
                    if (changed > 0) {
                        EventStore.insert(session, EventStore.state(job, number, "failed"));
                    }
                    return changed > 0;
                });
    }
}
