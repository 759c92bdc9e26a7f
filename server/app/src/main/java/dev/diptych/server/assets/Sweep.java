// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.assets;

import dev.diptych.server.store.Database;
import dev.diptych.server.store.Retention;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// Removes old jobs, then the assets that nothing names any more, then files without a row. Never something in use, and
/// nothing younger than a day.
public final class Sweep {
    private static final Logger LOG = LoggerFactory.getLogger(Sweep.class);
    private static final Duration YOUNG = Duration.ofDays(1);
    private static final int BATCH = 200;

    private final Retention retention;
    private final Assets assets;
    private final dev.diptych.server.store.AssetStore rows;
    private final Duration keepJobs;

    /// @param keepJobs how long a job that ended is kept
    public Sweep(Database database, Assets assets, Duration keepJobs) {
        this.retention = new Retention(database);
        this.rows = new dev.diptych.server.store.AssetStore(database);
        this.assets = assets;
        this.keepJobs = keepJobs;
    }

    /// What a sweep removed.
    public record Swept(int jobs, int files) {}

    /// @param now milliseconds since 1970
    public Swept run(long now) throws IOException {
        int jobs = 0;
        for (int swept = BATCH; swept == BATCH; jobs += swept) {
            swept = retention.sweepJobs(now - keepJobs.toMillis(), BATCH).join();
        }
        int[] files = new int[1];
        assets.sweeping(() -> {
            long before = now - YOUNG.toMillis();
            List<String> unused = List.of();
            do {
                unused = retention.sweepAssets(before, BATCH).join();
                for (String sha256 : unused) {
                    files[0] += delete(sha256) ? 1 : 0;
                }
            } while (unused.size() == BATCH);
            files[0] += sweepUnknown(before);
        });
        if (jobs + files[0] > 0) {
            LOG.info("Swept {} old jobs and {} unused files", jobs, files[0]);
        }
        return new Swept(jobs, files[0]);
    }

    private boolean delete(String sha256) throws IOException {
        Optional<Path> file = assets.file(sha256);
        return file.isPresent() && Files.deleteIfExists(file.get());
    }

    /// Files that a worker wrote for a job that did not end, or that an upload left behind.
    private int sweepUnknown(long before) throws IOException {
        int count = 0;
        try (Stream<Path> all = assets.files().all()) {
            for (Path file : (Iterable<Path>) all::iterator) {
                boolean isYoung = Files.getLastModifiedTime(file).toMillis() >= before;
                if (!isYoung && rows.find(file.getFileName().toString()).isEmpty()) {
                    count += Files.deleteIfExists(file) ? 1 : 0;
                }
            }
        }
        return count;
    }
}
