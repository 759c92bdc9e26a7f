// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.store;

import org.jspecify.annotations.Nullable;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;

/// Jobs as their owners see them: accepted, listed, cancelled, retried. What workers do to them is in [ClaimStore].
public final class JobStore {
    private static final String INSERT =
            "INSERT INTO jobs (id, owner, state, priority, name, plugin_set, idempotency_key, request_digest, created, "
                    + "options, outputs, inputs, workflow) VALUES (?, ?, 'queued', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    private static final String FIND_BY_KEY =
            "SELECT "
                    + JobRow.COLUMNS
                    + ", request_digest IS NULL OR request_digest = ? AS is_same FROM jobs WHERE owner = ? AND idempotency_key = ?";
    private static final String FIND = "SELECT " + JobRow.COLUMNS + " FROM jobs WHERE id = ?";

    private final Database database;

    public JobStore(Database database) {
        this.database = database;
    }

    /// What became of a submission: a new job, the one stored under the same key, or that one with another request.
    public record Submitted(JobRow job, Kind kind) {
        public enum Kind {
            NEW,
            SAME_REQUEST,
            OTHER_REQUEST
        }

        private static Submitted before(ResultSet row) throws SQLException {
            return new Submitted(JobRow.read(row), row.getBoolean("is_same") ? Kind.SAME_REQUEST : Kind.OTHER_REQUEST);
        }
    }

    /// What a submission with this key made.
    public Optional<Submitted> submitted(String owner, String idempotencyKey, String requestDigest) {
        return database.read(reader ->
                reader.createQuery(FIND_BY_KEY)
                        .bind(0, requestDigest)
                        .bind(1, owner)
                        .bind(2, idempotencyKey)
                        .map((row, _) -> Submitted.before(row))
                        .findOne());
    }

    /// Stores a job and its first event, unless its key was used before.
    public CompletableFuture<Submitted> submit(NewJob job, EventRow event) {
        return database.write(
                Durability.SYNCED,
                session -> {
                    if (job.idempotencyKey() != null) {
                        Optional<Submitted> before =
                                session.first(
                                        Submitted::before,
                                        FIND_BY_KEY,
                                        job.requestDigest(),
                                        job.owner(),
                                        job.idempotencyKey());
                        if (before.isPresent()) {
                            return before.get();
                        }
                    }
                    session.update(
                            INSERT,
                            job.id(),
                            job.owner(),
                            job.priority(),
                            job.name(),
                            PluginSets.number(session, job.plugins()),
                            job.idempotencyKey(),
                            job.requestDigest(),
                            job.created(),
                            job.options(),
                            job.outputs(),
                            job.inputs(),
                            job.workflow());
                    if (job.webhook() != null) {
                        session.update("INSERT INTO webhooks (job, url) VALUES (?, ?)", job.id(), job.webhook());
                    }
                    for (String asset : job.assets()) {
                        refer(session, job.id(), asset);
                    }
                    EventStore.insert(session, event);
                    JobRow row =
                            new JobRow(
                                    job.id(),
                                    job.owner(),
                                    "queued",
                                    job.priority(),
                                    job.name(),
                                    false,
                                    0,
                                    null,
                                    job.created(),
                                    null,
                                    null,
                                    job.options(),
                                    null,
                                    null);
                    return new Submitted(row, Submitted.Kind.NEW);
                });
    }

    static void refer(Session session, String job, String asset) throws SQLException {
        session.update("INSERT OR IGNORE INTO asset_references (job, sha256) VALUES (?, ?)", job, asset);
    }

    static Optional<JobRow> find(Session session, String id) throws SQLException {
        return session.first(JobRow::read, FIND, id);
    }

    public Optional<JobRow> find(String id) {
        return database.read(
                reader -> reader.createQuery(FIND).bind(0, id).map((row, _) -> JobRow.read(row)).findOne());
    }

    /// The greatest id; empty if there is no job.
    public String newest() {
        return database.read(reader -> reader.createQuery("SELECT max(id) FROM jobs").mapTo(String.class).findOne())
                .orElse("");
    }

    public Optional<JobRow.Texts> texts(String id) {
        return database.read(reader ->
                reader.createQuery("SELECT workflow, inputs, outputs FROM jobs WHERE id = ?")
                        .bind(0, id)
                        .map((row, _) -> new JobRow.Texts(row.getString(1), row.getString(2), row.getString(3)))
                        .findOne());
    }

    /// The latest record of each node, in the order they were recorded.
    public List<NodeRow> nodes(String id) {
        return database.read(reader ->
                reader.createQuery(
                                "SELECT node, epoch, type, status, milliseconds, elements, cached, miss_reason, devices, "
                                        + "inputs, outputs, error FROM node_records n WHERE job = ? AND epoch = (SELECT max(epoch) FROM "
                                        + "node_records WHERE job = n.job AND node = n.node) ORDER BY recorded")
                        .bind(0, id)
                        .map((row, _) ->
                                new NodeRow(
                                        row.getString(1),
                                        row.getLong(2),
                                        row.getString(3),
                                        row.getString(4),
                                        row.getLong(5),
                                        row.getInt(6),
                                        row.getInt(7),
                                        row.getString(8),
                                        row.getString(9),
                                        row.getString(10),
                                        row.getString(11),
                                        row.getString(12)))
                        .list());
    }

    /// Newest first.
    ///
    /// @param before only jobs older than the one with this id; null for the newest
    public List<JobRow> list(@Nullable String owner, @Nullable String state, @Nullable String before, int limit) {
        List<String> conditions = new ArrayList<>();
        List<String> values = new ArrayList<>();
        addCondition(conditions, values, "owner = ?", owner);
        addCondition(conditions, values, "state = ?", state);
        addCondition(conditions, values, "id < ?", before);
        String where = conditions.isEmpty() ? "" : " WHERE " + String.join(" AND ", conditions);
        return database.read(reader -> {
            var query =
                    reader.createQuery(
                            "SELECT " + JobRow.COLUMNS + " FROM jobs" + where + " ORDER BY id DESC LIMIT " + limit);
            for (int i = 0; i < values.size(); i++) {
                query.bind(i, values.get(i));
            }
            return query.map((row, _) -> JobRow.read(row)).list();
        });
    }

    private static void addCondition(
            List<String> conditions, List<String> values, String condition, @Nullable String value) {
        if (value != null) {
            conditions.add(condition);
            values.add(value);
        }
    }

    /// How many jobs are in each state.
    public Map<String, Long> counts() {
        return database.read(reader ->
                reader
                        .createQuery("SELECT state, count(*) FROM jobs GROUP BY state")
                        .map((row, _) -> Map.entry(Objects.requireNonNull(row.getString(1)), row.getLong(2)))
                        .stream()
                        .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue, Long::sum, TreeMap::new)));
    }

    /// How many jobs of an owner wait.
    public long queued(String owner) {
        return database.read(reader ->
                reader.createQuery("SELECT count(*) FROM jobs WHERE owner = :owner AND state = 'queued'")
                        .bind("owner", owner)
                        .mapTo(Long.class)
                        .one());
    }

    /// Cancels a queued job, or marks a running one.
    ///
    /// @param number of the event, used only if the state changes
    /// @return the job after it, and whether this changed it; empty if there is no such job
    public CompletableFuture<Optional<Changed>> cancel(String id, long number, long now) {
        return database.write(
                Durability.SYNCED,
                session -> {
                    Optional<JobRow> found = find(session, id);
                    if (found.isEmpty()) {
                        return Optional.empty();
                    }
                    String target =
                            switch (found.get().state()) {
                                case "queued" -> "cancelled";
                                case "running" -> "cancelling";
                                default -> found.get().state();
                            };
                    boolean changes = !target.equals(found.get().state());
                    if (changes) {
                        session.update("UPDATE jobs SET state = ? WHERE id = ?", target, id);
                        if (target.equals("cancelled")) {
                            session.update("UPDATE jobs SET finished = ? WHERE id = ?", now, id);
                        }
                        EventStore.insert(session, EventStore.state(id, number, target));
                    }
                    return Optional.of(new Changed(find(session, id).orElseThrow(), changes));
                });
    }

    /// Returns a job that ended to the queue, with a new epoch. Records of success stay, but for the nodes named, which
    /// are computed again even if their results are known.
    ///
    /// @return the job after it, and whether this changed it; empty if there is no such job
    public CompletableFuture<Optional<Changed>> retry(String id, Set<String> forgotten, long number) {
        return database.write(
                Durability.SYNCED,
                session -> {
                    int changed =
                            session.update(
                                    "UPDATE jobs SET state = 'queued', epoch = epoch + 1, worker = NULL, result = NULL, error = NULL, "
                                            + "runs_alone = 0, started = NULL, finished = NULL, "
                                            + "options = json_set(options, '$.recompute', json(?)) "
                                            + "WHERE id = ? AND state IN ('succeeded', 'failed', 'cancelled')",
                                    array(session, forgotten),
                                    id);
                    if (changed > 0) {
                        session.update("DELETE FROM node_records WHERE job = ? AND status <> 'succeeded'", id);
                        session.update("DELETE FROM strikes WHERE job = ?", id);
                        WebhookStore.renew(session, id);
                        for (String node : forgotten) {
                            session.update(
                                    "DELETE FROM node_records WHERE job = ? AND (node = ? OR substr(node, 1, length(?) + 1) = ? || '/')",
                                    id,
                                    node,
                                    node,
                                    node);
                        }
                        EventStore.insert(session, EventStore.state(id, number, "queued"));
                    }
                    return find(session, id).map(row -> new Changed(row, changed > 0));
                });
    }

    /// Node ids as a JSON array; SQLite's own functions quote them.
    private static String array(Session session, Set<String> nodes) throws SQLException {
        String array = "[]";
        for (String node : new TreeSet<>(nodes)) {
            array =
                    session.first(row -> row.getString(1), "SELECT json_insert(?, '$[#]', ?)", array, node)
                            .orElseThrow();
        }
        return array;
    }

    /// A job, and whether the change that was asked for took place.
    public record Changed(JobRow job, boolean isChanged) {}
}
