// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.jobs;

import dev.diptych.server.store.Database;
import dev.diptych.server.store.WebhookStore;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// Who is to be told when jobs end, after a retry once more. At least once: a server that dies between telling and noting it tells again.
public final class Webhooks {
    private static final List<Duration> PAUSES =
            List.of(
                    Duration.ofSeconds(5),
                    Duration.ofSeconds(30),
                    Duration.ofMinutes(5),
                    Duration.ofMinutes(30),
                    Duration.ofHours(6));
    private static final int AT_ONCE = 16;

    private final WebhookStore store;
    private final JobService jobs;
    private final JobClock clock;

    public Webhooks(Database database, JobService jobs, JobClock clock) {
        this.store = new WebhookStore(database);
        this.jobs = jobs;
        this.clock = clock;
    }

    /// A call to make.
    ///
    /// @param job as it ended
    public record Call(Job job, String url, int attempts) {}

    /// The calls to make now, the longest due first, and no more than may be under way at a time: one that is stays due until it is delivered or failed.
    public List<Call> due() {
        return store.due(clock.milliseconds(), PAUSES.getLast(), AT_ONCE).stream()
                .flatMap(due ->
                        jobs
                                .find(due.job())
                                .filter(job -> job.epoch() == due.epoch())
                                .map(job -> new Call(job, due.url(), due.attempts()))
                                .stream())
                .toList();
    }

    public void delivered(Call call) {
        store.settle(call.job().id(), call.job().epoch()).join();
    }

    /// @return when it is tried again; empty if it was the last time
    public Optional<Duration> failed(Call call) {
        if (call.attempts() >= PAUSES.size()) {
            store.settle(call.job().id(), call.job().epoch()).join();
            return Optional.empty();
        }
        Duration pause = PAUSES.get(call.attempts());
        store.postpone(call.job().id(), call.job().epoch(), clock.milliseconds() + pause.toMillis()).join();
        return Optional.of(pause);
    }
}
