// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.store;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.Set;

class RetentionTest {
    @TempDir Path folder;

    private Database database;

    @BeforeEach
    void open() {
        database = Database.open(folder.resolve("diptych.db"));
    }

    @AfterEach
    void close() {
        database.close();
    }

    @Test
    void sweeps_ended_jobs_and_assets_that_nothing_names() {
        JobStore jobs = new JobStore(database);
        AssetStore assets = new AssetStore(database);
        for (String name : Set.of("waiting", "ended")) {
            assets.add(new AssetStore.Asset(name + "-asset", 1, "image/png", "ann", 10)).join();
            NewJob job =
                    new NewJob(
                            name,
                            "ann",
                            0,
                            "",
                            "{}",
                            "{}",
                            "[]",
                            "{}",
                            Set.of(),
                            Set.of(name + "-asset"),
                            null,
                            "d",
                            null,
                            10);
            jobs.submit(job, EventStore.state(name, 1, "queued")).join();
        }
        assets.add(new AssetStore.Asset("drawn", 1, "image/png", "ann", 10)).join();
        assets.add(new AssetStore.Asset("young", 1, "image/png", "ann", 99)).join();
        new WorkflowStore(database)
                .save(new WorkflowStore.Stored("w", "r1", "", "{\"asset:drawn\":1}", 10), null)
                .join();
        jobs.cancel("ended", 2, 20).join();

        Retention retention = new Retention(database);
        assertThat(retention.sweepAssets(50, 100).join()).isEmpty();
        assertThat(retention.sweepJobs(50, 100).join()).isEqualTo(1);
        assertThat(retention.sweepAssets(50, 100).join()).containsExactly("ended-asset");
        assertThat(jobs.find("waiting")).isPresent();
        assertThat(jobs.find("ended")).isEmpty();
    }

    @Test
    void a_save_over_an_unexpected_revision_is_a_conflict_with_what_is_there() {
        WorkflowStore workflows = new WorkflowStore(database);
        workflows.save(new WorkflowStore.Stored("w", "r1", "", "one", 1), null).join();
        workflows.save(new WorkflowStore.Stored("w", "r2", "", "two", 2), "r1").join();
        var late = workflows.save(new WorkflowStore.Stored("w", "r3", "", "three", 3), "r1").join();
        assertThat(late.isConflict()).isTrue();
        assertThat(late.latest()).extracting(WorkflowStore.Stored::revision).isEqualTo("r2");
        assertThat(workflows.find("w", "r1").orElseThrow().document()).isEqualTo("one");
        assertThat(workflows.revisions("w")).hasSize(2);
    }

    @Test
    void a_token_is_found_by_its_hash_until_and_after_it_is_revoked() {
        TokenStore tokens = new TokenStore(database);
        tokens.add(new TokenStore.Token("t", "hash", "ann", Set.of("read", "run"), 1, null)).join();
        assertThat(tokens.find("hash").orElseThrow().scopes()).containsExactlyInAnyOrder("read", "run");
        assertThat(tokens.revoke("t", 5).join()).isTrue();
        assertThat(tokens.revoke("t", 6).join()).isFalse();
        assertThat(tokens.find("hash").orElseThrow().revoked()).isEqualTo(5);
    }
}
