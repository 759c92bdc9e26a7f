// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.assets;

import dev.diptych.server.store.Database;
import dev.diptych.server.store.Retention;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// Removes old jobs, then the assets that nothing names any more, then files without a row. Never something in use, and
/// nothing younger than a day.
///
/// Submissions, ends of jobs and uploads go on meanwhile. What they are about to name has been written or [reserved][Assets#reserve]
/// before, which sets its file's time to now; so they have a day to commit the name. Here it is the other way round: first nothing
/// committed names a file, then its time is found to be old and the file is deleted, in one step that no reservation can get into. A
/// file whose name is not committed yet is therefore young here, and one that is deleted is told to be missing to whoever comes
/// later. The worker's process, which does not take part in that step, finds out when it reports the output: the job runs again.
public final class Sweep {
    private static final Logger LOG = LoggerFactory.getLogger(Sweep.class);
    private static final Duration YOUNG = Duration.ofDays(1);
    private static final int BATCH = 200;

    private final Retention retention;
    private final Assets assets;
    private final Duration keepJobs;

    /// @param keepJobs how long a job that ended is kept
    public Sweep(Database database, Assets assets, Duration keepJobs) {
        this.retention = new Retention(database);
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
        boolean isComplete = assets.sweeping(() -> files[0] = sweepFiles(FileTime.fromMillis(now - YOUNG.toMillis())));
        if (!isComplete) {
            LOG.info("A backup is being made; unused files are swept later");
        }
        if (jobs + files[0] > 0) {
            LOG.info("Swept {} old jobs and {} unused files", jobs, files[0]);
        }
        return new Swept(jobs, files[0]);
    }

    private int sweepFiles(FileTime before) throws IOException {
        int count = 0;
        List<String> unnamed;
        do {
            unnamed = retention.sweepAssets(before.toMillis(), BATCH).join();
            for (String sha256 : unnamed) {
                Optional<Path> file = assets.file(sha256);
                count += file.isPresent() && assets.files().deleteUnused(file.get(), before) ? 1 : 0;
            }
        } while (unnamed.size() == BATCH);
        return count + sweepUnknown(before);
    }

    /// Files that a worker wrote for a job that did not end, or that an upload left behind.
    private int sweepUnknown(FileTime before) throws IOException {
        int count = 0;
        try (Stream<Path> unused = assets.files().unused(before)) {
            for (Path file : (Iterable<Path>) unused::iterator) {
                if (!retention.isNamed(file.getFileName().toString())) {
                    count += assets.files().deleteUnused(file, before) ? 1 : 0;
                }
            }
        }
        return count;
    }
}
