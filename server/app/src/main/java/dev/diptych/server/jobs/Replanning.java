// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.jobs;

import dev.diptych.engine.document.DocumentException;
import dev.diptych.engine.document.Problem;
import dev.diptych.server.store.EventStore;
import dev.diptych.server.store.JobRow;
import dev.diptych.server.store.PlanStore;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/// Plans queued jobs anew whose plugins are not installed any more, so that none waits for a worker that will never come; one that cannot be planned fails with
/// the reason. The plugins of the server decide, as they do for a job that is submitted: a worker elsewhere that still has the earlier ones
/// keeps what it runs and gets no more of it.
final class Replanning implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Replanning.class);
    private static final int AT_ONCE = 100;
    private static final long PAUSE_SECONDS = 10;

    private final PlanStore store;
    private final JobPlans plans;
    private final EventHub hub;
    private final JobClock clock;
    private final AtomicLong queued;
    private final Runnable renewed;
    private final ScheduledExecutorService thread =
            new ScheduledThreadPoolExecutor(
                    1,
                    Thread.ofPlatform().daemon().name("job-plans").factory(),
                    new ThreadPoolExecutor.DiscardPolicy()); // of what comes while the server closes

    /// @param queued  how many jobs wait
    /// @param renewed called when jobs may be claimed that could not be before
    Replanning(PlanStore store, JobPlans plans, EventHub hub, JobClock clock, AtomicLong queued, Runnable renewed) {
        this.store = store;
        this.plans = plans;
        this.hub = hub;
        this.clock = clock;
        this.queued = queued;
        this.renewed = renewed;
    }

    /// Of all that wait.
    void all() {
        thread.execute(() -> guarded(this::renewAll));
    }

    /// Of a job that has just joined the queue, if it is one of these.
    void one(String job) {
        thread.execute(() -> guarded(() -> renewAll(List.of(job))));
    }

    /// What the store refuses now is tried again.
    private void guarded(Runnable work) {
        try {
            work.run();
        } catch (RuntimeException e) {
            if (!thread.isShutdown()) {
                LOG.error("Planning jobs anew failed; it is tried again in {} seconds", PAUSE_SECONDS, e);
                var _ = thread.schedule(() -> guarded(this::renewAll), PAUSE_SECONDS, TimeUnit.SECONDS);
            }
        }
    }

    private void renewAll() {
        String last = "";
        for (List<String> jobs = next(last); !jobs.isEmpty(); jobs = next(last)) {
            renewAll(jobs);
            last = jobs.getLast();
        }
    }

    private List<String> next(String last) {
        return store.outdated(plans.installed(), last, AT_ONCE);
    }

    private void renewAll(List<String> jobs) {
        List<CompletableFuture<Boolean>> changes = new ArrayList<>();
        for (String job : jobs) {
            store.outdated(plans.installed(), job).ifPresent(texts -> changes.add(renew(job, texts)));
        }
        long count = changes.stream().filter(CompletableFuture::join).count();
        if (count > 0) {
            LOG.info("Plugins have changed; waiting jobs that were planned anew with those of now: {}", count);
            renewed.run();
        }
    }

    /// @return whether it can run now
    private CompletableFuture<Boolean> renew(String job, JobRow.Texts texts) {
        JobPlans.JobPlan plan;
        try {
            plan = plans.plan(texts);
        } catch (DocumentException e) {
            return fail(job, e.problems());
        } catch (RuntimeException e) {
            LOG.error("Planning job {} anew failed by a fault of the server", job, e);
            return fail(
                    job,
                    List.of(
                            new Problem(
                                    "server/fault",
                                    null,
                                    null,
                                    null,
                                    "The server failed: " + e + ".",
                                    "Its log says more. Please report it with the log's lines.")));
        }
        return store.renew(job, plan.workflow(), plan.plugins());
    }

    private CompletableFuture<Boolean> fail(String job, List<Problem> why) {
        List<Problem> problems = new ArrayList<>();
        problems.add(
                new Problem(
                        "server/plugins-changed",
                        null,
                        null,
                        null,
                        "The plugins that the job was accepted with are not installed any more, and those that are cannot run it.",
                        "Mend what is told below, or install the earlier plugins and start the server again; then retry the job."));
        problems.addAll(why);
        long number = hub.reserve(job);
        return store.fail(job, JobJson.text(problems), number, clock.milliseconds())
                .whenComplete((isFailed, failure) -> {
                    if (failure != null || !isFailed) {
                        hub.withdraw(job, number);
                        return;
                    }
                    queued.decrementAndGet();
                    hub.publish(EventStore.state(job, number, "failed"), true);
                    LOG.warn(
                            "Job {} failed: its plugins have changed, and cannot run it any more. {}",
                            job,
                            why.getFirst().text());
                })
                .thenApply(_ -> false);
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
