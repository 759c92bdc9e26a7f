// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.assets;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diptych.engine.cache.CacheFolder;
import dev.diptych.engine.value.ImageFiles;
import dev.diptych.server.store.AssetStore;
import dev.diptych.server.store.Database;
import dev.diptych.server.store.EventStore;
import dev.diptych.server.store.JobStore;
import dev.diptych.server.store.NewJob;
import dev.diptych.server.store.WorkflowStore;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SweepTest {
    private static final long NOW = System.currentTimeMillis();
    private static final long LONG_AGO = NOW - Duration.ofDays(3).toMillis();
    private static final long LATER = NOW + Duration.ofDays(2).toMillis();

    @TempDir private Path folder;

    private Database database;
    private Assets assets;
    private Sweep sweep;

    @BeforeEach
    void open() throws IOException {
        database = Database.open(folder.resolve("diptych.db"));
        assets =
                new Assets(
                        database,
                        folder.resolve("assets"),
                        new CacheFolder(folder.resolve("cache"), 1 << 20),
                        new ImageFiles(1000));
        sweep = new Sweep(database, assets, Duration.ofDays(30));
    }

    @AfterEach
    void close() {
        database.close();
    }

    @Test
    void what_a_job_names_stays_what_nothing_names_goes_and_what_is_young_stays() throws IOException {
        String named = add("named");
        String unnamed = add("unnamed");
        Path left = aged(Files.writeString(folder.resolve("assets/incoming/left-behind"), "half an upload"));
        Path young = Files.writeString(folder.resolve("assets/incoming/young"), "an upload under way");
        submit(named);

        assertThat(sweep.run(NOW).files()).as("younger than a day").isEqualTo(1);
        assertThat(left).doesNotExist();
        assertThat(assets.find(unnamed)).isPresent();

        sweep.run(LATER);
        assertThat(assets.find(unnamed)).isEmpty();
        assertThat(assets.find(named)).isPresent();
        assertThat(young).doesNotExist();
    }

    @Test
    void a_file_without_a_row_stays_while_a_job_or_a_workflow_names_it() throws IOException {
        String ofJob = written("of a job");
        String ofWorkflow = written("of a workflow");
        String ofNobody = written("of nobody");
        submit(ofJob);
        String document = "{\"picture\":\"asset:" + ofWorkflow + "\"}";
        new WorkflowStore(database).save(new WorkflowStore.Stored("w", "r", "", document, NOW), null).join();

        sweep.run(NOW);

        assertThat(assets.find(ofJob)).isPresent();
        assertThat(assets.find(ofWorkflow)).isPresent();
        assertThat(assets.find(ofNobody)).isEmpty();
    }

    @Test
    void what_is_about_to_be_named_stays_though_nothing_committed_names_it() throws IOException {
        String ofSubmission = known("a file that a submission names");
        String ofEnd = known("a file that a job's outputs name");
        String ofUpload = known("a file that is uploaded again");
        String ofNobody = known("a file that nobody asks for");

        assertThat(assets.reserve(ofSubmission)).isTrue();
        assertThat(assets.output(ofEnd)).isPresent();
        add("a file that is uploaded again");
        sweep.run(NOW);

        assertThat(assets.find(ofSubmission)).isPresent();
        assertThat(assets.find(ofEnd)).isPresent();
        assertThat(assets.find(ofUpload)).isPresent();
        assertThat(assets.find(ofNobody)).isEmpty();
        assertThat(assets.reserve(ofNobody)).isFalse();
    }

    @Test
    void an_upload_that_takes_long_holds_up_neither_the_sweep_nor_other_uploads() throws Exception {
        try (PipedOutputStream sender = new PipedOutputStream();
                PipedInputStream content = new PipedInputStream(sender)) {
            CompletableFuture<Assets.Asset> slow =
                    CompletableFuture.supplyAsync(() -> {
                        try {
                            return assets.add(content, 1000, "ann", null);
                        } catch (IOException e) {
                            throw new AssertionError(e);
                        }
                    });
            sender.write(1);
            sender.flush();
            while (content.available() > 0) {
                Thread.sleep(5); // until the upload waits for more
            }

            sweep.run(NOW);
            assertThat(assets.find(add("quick"))).isPresent();

            sender.close();
            assertThat(assets.find(slow.get(20, TimeUnit.SECONDS).sha256())).isPresent();
        }
    }

    @Test
    void a_sweep_is_left_out_while_something_needs_all_assets_and_uploads_go_on() throws IOException {
        String unnamed = known("unnamed");
        assets.withoutSweep(() -> {
            assertThat(sweep.run(NOW).files()).isZero();
            CompletableFuture.runAsync(() -> assertThat(assets.reserve(unnamed)).isTrue()).join();
            add("another");
        });
        assertThat(sweep.run(LATER).files()).isEqualTo(2);
    }

    private String add(String text) throws IOException {
        return assets.add(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)), 1000, "ann", null).sha256();
    }

    /// Long ago, as workers do it: without a row.
    private String written(String text) throws IOException {
        String sha256 = assets.files().write(text.getBytes(StandardCharsets.UTF_8));
        aged(assets.file(sha256).orElseThrow());
        return sha256;
    }

    /// Long ago, with a row.
    private String known(String text) throws IOException {
        String sha256 = written(text);
        new AssetStore(database).add(new AssetStore.Asset(sha256, 1, "text/plain", "ann", LONG_AGO)).join();
        return sha256;
    }

    private static Path aged(Path file) throws IOException {
        return Files.setLastModifiedTime(file, FileTime.fromMillis(LONG_AGO));
    }

    private void submit(String asset) {
        new JobStore(database)
                .submit(
                        new NewJob(
                                "j",
                                "ann",
                                0,
                                "",
                                "{}",
                                "{}",
                                "[]",
                                "{}",
                                Set.of(),
                                Set.of(asset),
                                null,
                                "d",
                                null,
                                NOW),
                        EventStore.state("j", 1, "queued"))
                .join();
    }
}
