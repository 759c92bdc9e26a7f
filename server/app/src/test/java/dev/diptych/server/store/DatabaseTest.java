// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

class DatabaseTest {
    @TempDir Path folder;

    @Test
    void asks_for_full_synchronisation_in_wal_mode() {
        try (Database database = Database.open(folder.resolve("diptych.db"))) {
            assertThat(pragma(database, "synchronous")).isEqualTo("2");
            assertThat(pragma(database, "journal_mode")).isEqualTo("wal");
            assertThat(pragma(database, "busy_timeout")).isEqualTo("10000");
        }
    }

    private static String pragma(Database database, String name) {
        return database.write(
                        Durability.SYNCED,
                        session -> session.first(row -> row.getString(1), "PRAGMA " + name).orElseThrow())
                .join();
    }

    /// A store as it was when this was its last migration.
    private Path storeOfSchema(String version, String... statements) throws SQLException {
        Path file = folder.resolve("old.db");
        Flyway.configure()
                .dataSource("jdbc:sqlite:" + file, "", "")
                .locations("classpath:db/migration")
                .target(version)
                .load()
                .migrate();
        try (var connection = DriverManager.getConnection("jdbc:sqlite:" + file);
                var statement = connection.createStatement()) {
            for (String each : statements) {
                statement.execute(each);
            }
        }
        return file;
    }

    @Test
    void a_store_of_the_first_schema_is_brought_forward_with_what_it_holds() throws SQLException {
        Path file =
                storeOfSchema(
                        "1",
                        "INSERT INTO plugin_sets (digests) VALUES ('')",
                        "INSERT INTO jobs (id, owner, state, priority, name, plugin_set, created, options, outputs, inputs, workflow) "
                                + "VALUES ('old', 'ann', 'queued', 0, 'w', 1, 7, '{}', '[]', '{}', '{}')",
                        "INSERT INTO node_records (job, node, epoch, type, status, milliseconds, elements, cached, miss_reason, inputs, outputs, recorded) "
                                + "VALUES ('old', 'n', 1, 't/n', 'succeeded', 5, 1, 0, 'first run', '{\"in\":\"d\"}', '{}', 8)");
        try (Database database = Database.open(file)) {
            assertThat(new JobStore(database).find("old").orElseThrow().owner()).isEqualTo("ann");
            assertThat(new JobStore(database).nodes("old"))
                    .containsExactly(
                            new NodeRow(
                                    "n",
                                    1,
                                    "t/n",
                                    "succeeded",
                                    5,
                                    1,
                                    0,
                                    "first run",
                                    null,
                                    "{\"in\":\"d\"}",
                                    "{}",
                                    null));
            assertThat(new WebhookStore(database).due(Long.MAX_VALUE, java.time.Duration.ZERO, 1)).isEmpty();
        }
    }

    @Test
    void a_webhook_of_an_earlier_schema_is_still_due_and_its_key_still_gives_its_job() throws SQLException {
        Path file =
                storeOfSchema(
                        "3",
                        "INSERT INTO plugin_sets (digests) VALUES ('')",
                        "INSERT INTO jobs (id, owner, state, priority, name, plugin_set, idempotency_key, request_digest, created, finished, options, outputs, inputs, workflow) "
                                + "VALUES ('old', 'ann', 'failed', 0, 'w', 1, 'key', 'of what it meant', 7, 8, '{}', '[]', '{}', '{}')",
                        "INSERT INTO webhooks (job, url, attempts) VALUES ('old', 'http://a/hook', 2)");
        try (Database database = Database.open(file)) {
            assertThat(new WebhookStore(database).due(9, java.time.Duration.ofDays(1), 1))
                    .containsExactly(new WebhookStore.Due("old", 0, "http://a/hook", 2));
            assertThat(new JobStore(database).submitted("ann", "key", "as it was sent").orElseThrow().kind())
                    .isEqualTo(JobStore.Submitted.Kind.SAME_REQUEST);
        }
    }

    @Test
    void waiting_changes_share_a_commit_and_a_failing_one_fails_alone() {
        try (Database database = Database.open(folder.resolve("diptych.db"))) {
            List<CompletableFuture<Integer>> changes = new ArrayList<>();
            for (int i = 0; i < 500; i++) {
                String job = "job-" + i;
                changes.add(
                        database.write(
                                Durability.GROUPED,
                                session ->
                                        session.update(
                                                "INSERT INTO strikes (job, node, count) VALUES (?, 'n', 1)", job)));
            }
            CompletableFuture<Integer> failing =
                    database.write(
                            Durability.GROUPED,
                            session -> {
                                session.update("INSERT INTO strikes (job, node, count) VALUES ('half', 'n', 1)");
                                return session.update(
                                        "INSERT INTO strikes (job, node, count) VALUES ('job-1', 'n', 1)");
                            });
            assertThatThrownBy(failing::join).hasCauseInstanceOf(StoreException.class);
            changes.forEach(CompletableFuture::join);

            assertThat(database.commits()).isLessThan(100);
            long stored =
                    database.read(reader -> reader.createQuery("SELECT count(*) FROM strikes").mapTo(Long.class).one());
            assertThat(stored).isEqualTo(500);
        }
    }

    @Test
    void what_was_written_is_there_after_opening_again_and_in_a_backup() {
        Path file = folder.resolve("diptych.db");
        Path backup = folder.resolve("backup.db");
        try (Database database = Database.open(file)) {
            new EventStore(database).append(EventStore.state("j", 1, "queued")).join();
            database.backUpTo(backup);
        }
        for (Path each : List.of(file, backup)) {
            try (Database database = Database.open(each)) {
                assertThat(new EventStore(database).after("j", -1, 1000))
                        .containsExactly(new EventRow("j", 1, "state", "{\"state\":\"queued\"}"));
            }
        }
    }

    @Test
    void a_data_folder_has_one_holder() {
        try (DataFolder _ = DataFolder.lock(folder.resolve("data"))) {
            assertThatThrownBy(() -> DataFolder.lock(folder.resolve("data")))
                    .isInstanceOf(StoreException.class)
                    .hasMessageContaining("in use by another process");
        }
        DataFolder.lock(folder.resolve("data")).close();
    }

    @Test
    void names_sort_by_the_time_they_were_made() {
        long[] time = {1000};
        Ulids ulids = new Ulids(() -> time[0], "");
        List<String> names = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            time[0] += i % 10 == 0 ? 1 : 0;
            names.add(ulids.next());
        }
        assertThat(names).isSorted().doesNotHaveDuplicates().allMatch(name -> name.length() == 26);
    }
}
