// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.store;

import org.jspecify.annotations.Nullable;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.ToLongFunction;

/// Jobs as workers change them. Each change names the epoch of its claim and does nothing if the job has another.
public final class ClaimStore {
    private static final int LAST_STRIKE = 3;

    private final Database database;
    private String ownerServedLast = ""; // writer thread only

    public ClaimStore(Database database) {
        this.database = database;
    }

    /// A claim that is committed.
    ///
    /// @param finishedNodes nodes with a record of success
    /// @param strikes       the nodes that have some
    /// @param event         the event of its start
    public record Claim(
            JobRow job, JobRow.Texts texts, Set<String> finishedNodes, Map<String, Integer> strikes, EventRow event) {}

    /// Claims the jobs whose turn it is: highest priority first, owners in turn, of each owner the oldest.
    ///
    /// @param plugins digests that the worker has
    /// @param isIdle  whether the worker holds nothing; only then it may get a job that runs alone, and then no other
    /// @param numbers gives the number of an event of a job
    public CompletableFuture<List<Claim>> claim(
            String worker, Set<String> plugins, boolean isIdle, int limit, long now, ToLongFunction<String> numbers) {
        return database.write(
                Durability.SYNCED,
                session -> {
                    List<Claim> claims = new ArrayList<>();
                    String sets = suitableSets(session, plugins);
                    while (claims.size() < limit) {
                        Optional<JobRow> next = next(session, sets);
                        if (next.isEmpty() || (next.get().runsAlone() && !(isIdle && claims.isEmpty()))) {
                            break; // a job that runs alone keeps its turn: this worker becomes idle and takes it then
                        }
                        ownerServedLast = next.get().owner();
                        claims.add(take(session, next.get().id(), worker, now, numbers));
                        if (next.get().runsAlone()) {
                            break;
                        }
                    }
                    return claims;
                });
    }

    /// JSON array of the plugin sets that these plugins cover.
    private static String suitableSets(Session session, Set<String> plugins) throws SQLException {
        List<String> suitable = new ArrayList<>();
        for (String[] set :
                session.list(
                        row -> new String[] {row.getString(1), row.getString(2)},
                        "SELECT id, digests FROM plugin_sets")) {
            if (PluginSets.isCovered(set[1], plugins)) {
                suitable.add(set[0]);
            }
        }
        return "[" + String.join(",", suitable) + "]";
    }

    private Optional<JobRow> next(Session session, String sets) throws SQLException {
        long below = Long.MAX_VALUE;
        while (true) {
            Optional<Long> priority =
                    session.first(
                            row -> {
                                long value = row.getLong(1);
                                return row.wasNull() ? Long.MIN_VALUE : value;
                            },
                            "SELECT max(priority) FROM jobs INDEXED BY jobs_queue WHERE state = 'queued' AND priority < ?",
                            below);
            if (priority.isEmpty() || priority.get() == Long.MIN_VALUE) {
                return Optional.empty();
            }
            below = priority.get();
            Optional<JobRow> next = ofPriority(session, below, sets, "owner > ?");
            if (next.isEmpty()) {
                next = ofPriority(session, below, sets, "owner <= ?");
            }
            if (next.isPresent()) {
                return next;
            }
        }
    }

    private Optional<JobRow> ofPriority(Session session, long priority, String sets, String owners)
            throws SQLException {
        return session.first(
                JobRow::read,
                "SELECT "
                        + JobRow.COLUMNS
                        + " FROM jobs INDEXED BY jobs_queue WHERE state = 'queued' AND priority = ? AND "
                        + owners
                        + " AND plugin_set IN (SELECT value FROM json_each(?)) ORDER BY owner, id LIMIT 1",
                priority,
                ownerServedLast,
                sets);
    }

    private static Claim take(Session session, String id, String worker, long now, ToLongFunction<String> numbers)
            throws SQLException {
        session.update(
                "UPDATE jobs SET state = 'running', epoch = epoch + 1, worker = ?, started = coalesce(started, ?) "
                        + "WHERE id = ?",
                worker,
                now,
                id);
        EventRow event = EventStore.state(id, numbers.applyAsLong(id), "running");
        EventStore.insert(session, event);
        JobRow.Texts texts =
                session.first(
                                row -> new JobRow.Texts(row.getString(1), row.getString(2), row.getString(3)),
                                "SELECT workflow, inputs, outputs FROM jobs WHERE id = ?",
                                id)
                        .orElseThrow();
        Set<String> finished =
                new HashSet<>(
                        session.list(
                                row -> row.getString(1),
                                "SELECT node FROM node_records WHERE job = ? AND status = 'succeeded'",
                                id));
        return new Claim(JobStore.find(session, id).orElseThrow(), texts, finished, strikes(session, id), event);
    }

    private static Map<String, Integer> strikes(Session session, String id) throws SQLException {
        Map<String, Integer> strikes = new TreeMap<>();
        for (var strike :
                session.list(
                        row -> Map.entry(row.getString(1), row.getInt(2)),
                        "SELECT node, count FROM strikes WHERE job = ?",
                        id)) {
            strikes.put(strike.getKey(), strike.getValue());
        }
        return strikes;
    }

    /// Records what became of a node; a second time changes nothing. Clears its strikes.
    ///
    /// @return false if the job has another epoch or is not held
    public CompletableFuture<Boolean> record(String job, NodeRow node, EventRow event, long now) {
        return database.write(
                Durability.GROUPED,
                session -> {
                    if (!isHeld(session, job, node.epoch())) {
                        return false;
                    }
                    int changed =
                            session.update(
                                    "INSERT OR IGNORE INTO node_records (job, node, epoch, type, status, milliseconds, elements, cached, "
                                            + "miss_reason, devices, inputs, outputs, error, recorded) "
                                            + "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                                    job,
                                    node.node(),
                                    node.epoch(),
                                    node.type(),
                                    node.status(),
                                    node.milliseconds(),
                                    node.elements(),
                                    node.cached(),
                                    node.missReason(),
                                    node.devices(),
                                    node.inputs(),
                                    node.outputs(),
                                    node.error(),
                                    now);
                    if (changed > 0) {
                        session.update("DELETE FROM strikes WHERE job = ? AND node = ?", job, node.node());
                        EventStore.insert(session, event);
                    }
                    return true;
                });
    }

    private static boolean isHeld(Session session, String job, long epoch) throws SQLException {
        return session.first(
                        row -> row.getInt(1),
                        "SELECT 1 FROM jobs WHERE id = ? AND epoch = ? AND state IN ('running', 'cancelling')",
                        job,
                        epoch)
                .isPresent();
    }

    /// A file that holds an output.
    public record OutputFile(String sha256, long bytes, String mediaType) {}

    /// Stores the final state, if this claim still holds the job; its outputs' files become assets of its owner.
    ///
    /// @return whether it was stored
    public CompletableFuture<Boolean> finish(
            String job,
            long epoch,
            String state,
            @Nullable String result,
            @Nullable String error,
            Collection<OutputFile> files,
            long number,
            long now) {
        return database.write(
                Durability.SYNCED,
                session -> {
                    int changed =
                            session.update(
                                    "UPDATE jobs SET state = ?, result = ?, error = ?, finished = ?, worker = NULL "
                                            + "WHERE id = ? AND epoch = ? AND state IN ('running', 'cancelling')",
                                    state,
                                    result,
                                    error,
                                    now,
                                    job,
                                    epoch);
                    if (changed > 0) {
                        for (OutputFile file : files) {
                            session.update(
                                    "INSERT INTO assets (sha256, bytes, media_type, owner, created) "
                                            + "SELECT ?, ?, ?, owner, ? FROM jobs WHERE id = ? "
                                            + "ON CONFLICT (sha256) DO UPDATE SET created = excluded.created",
                                    file.sha256(),
                                    file.bytes(),
                                    file.mediaType(),
                                    now,
                                    job);
                            JobStore.refer(session, job, file.sha256());
                        }
                        EventStore.insert(session, EventStore.state(job, number, state));
                    }
                    return changed > 0;
                });
    }

    /// Ends a claim without a result: a running job returns to the queue, one that was being cancelled is cancelled.
    ///
    /// @param struck nodes that get a strike
    /// @return the job's new state; empty if this claim does not hold it any more
    public CompletableFuture<Optional<String>> release(
            String job, long epoch, Collection<String> struck, long number, long now) {
        return database.write(
                Durability.SYNCED,
                session -> {
                    Optional<JobRow> held =
                            JobStore.find(session, job)
                                    .filter(row ->
                                            row.epoch() == epoch
                                                    && Set.of("running", "cancelling").contains(row.state()));
                    if (held.isEmpty()) {
                        return Optional.empty();
                    }
                    for (String node : struck) {
                        session.update(
                                "INSERT INTO strikes (job, node, count) VALUES (?, ?, 1) "
                                        + "ON CONFLICT (job, node) DO UPDATE SET count = count + 1",
                                job,
                                node);
                    }
                    boolean isCancelled = held.get().state().equals("cancelling");
                    // With its last strike a node fails without being called: such a job needs no worker of its own.
                    session.update(
                            "UPDATE jobs SET state = ?, worker = NULL, finished = ?, runs_alone = EXISTS "
                                    + "(SELECT 1 FROM strikes WHERE job = jobs.id AND count = "
                                    + (LAST_STRIKE - 1)
                                    + ") WHERE id = ?",
                            isCancelled ? "cancelled" : "queued",
                            isCancelled ? (Long) now : null,
                            job);
                    String state = isCancelled ? "cancelled" : "queued";
                    EventStore.insert(session, EventStore.state(job, number, state));
                    return Optional.of(state);
                });
    }

    /// The jobs that workers held when this was stored.
    public List<JobRow> held() {
        return database.read(reader ->
                reader.createQuery(
                                "SELECT "
                                        + JobRow.COLUMNS
                                        + " FROM jobs INDEXED BY jobs_held "
                                        + "WHERE state IN ('running', 'cancelling') ORDER BY id")
                        .map((row, _) -> JobRow.read(row))
                        .list());
    }
}
