// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.jobs;

import dev.diptych.server.store.ClaimStore;
import dev.diptych.server.store.Database;
import dev.diptych.server.store.EventStore;
import dev.diptych.server.store.JobRow;
import dev.diptych.server.store.JobStore;
import dev.diptych.server.store.NewJob;
import dev.diptych.server.store.PlanStore;
import dev.diptych.server.store.Ulids;
import dev.diptych.server.worker.link.ToServer;
import dev.diptych.server.worker.link.ToWorker;
import dev.diptych.server.worker.link.WorkerLink;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Predicate;

/// The front of jobs. What returns a future completes it when the change is on the disk; what returns a value reads the
/// store and may block for milliseconds. Futures and listeners are called on threads that must not be held up.
public final class JobService implements AutoCloseable {
    private static final long TICK_MILLISECONDS = 500;
    private static final Duration UNTIL_NEXT_LOOK = Duration.ofSeconds(5);

    private final JobClock clock;
    private final Database database;
    private final JobStore jobs;
    private final QueueLimit queueLimit;
    private final EventStore events;
    private final Ulids ids;
    private final EventHub hub;
    private final Claims claims;
    private final PlanStore plans;
    private volatile @Nullable Replanning replanning;
    private final AtomicLong queued = new AtomicLong();
    private long lookedAtStore; // ticks only, on the monotonic clock
    private final ScheduledExecutorService ticks =
            Executors.newSingleThreadScheduledExecutor(Thread.ofPlatform().daemon().name("job-leases").factory());

    /// Takes over what the store holds: a job that ran when the server ended has the time of a lease to be claimed again by
    /// the worker that holds it.
    ///
    /// @param outputs where the files of outputs lie
    public JobService(Database database, JobClock clock, JobLimits limits, OutputFiles outputs) {
        this.clock = clock;
        this.database = database;
        this.jobs = new JobStore(database);
        this.events = new EventStore(database);
        this.queueLimit = new QueueLimit(jobs, queued, limits.queue());
        this.ids = new Ulids(clock::milliseconds, jobs.newest());
        ClaimStore claimStore = new ClaimStore(database);
        this.plans = new PlanStore(database);
        this.hub = new EventHub(events, ids.next(), this::watchedChanged);
        this.claims = new Claims(claimStore, events, hub, clock, limits, outputs, queued, this::returned);
        queued.set(jobs.counts().getOrDefault("queued", 0L));
        claims.recover();
    }

    /// A job that was not new has joined the queue: its plugins may have changed since it was planned.
    private void returned(String job) {
        Replanning current = replanning;
        if (current != null) {
            current.one(job);
        }
    }

    private void watchedChanged(Set<String> watched) {
        claims.watch(watched);
    }

    /// Begins to watch leases and deadlines; without it [#tick] must be called. Jobs that wait, or return to the queue later, are planned anew if their plugins
    /// have changed.
    public void start(JobPlans installed) {
        Replanning started = new Replanning(plans, installed, hub, clock, queued, claims::queuedOne);
        replanning = started;
        started.all();
        var _ = ticks.scheduleWithFixedDelay(this::tick, TICK_MILLISECONDS, TICK_MILLISECONDS, TimeUnit.MILLISECONDS);
    }

    /// Ends what is overdue now: silent workers' claims, unconfirmed cancellations, drained workers. Looks now and then whether a store that could not write can again.
    public void tick() {
        claims.tick();
        if (database.canWrite()) {
            lookedAtStore = clock.nanoseconds();
        } else if (clock.nanoseconds() - lookedAtStore >= UNTIL_NEXT_LOOK.toNanos()) {
            lookedAtStore = clock.nanoseconds();
            database.tryToWrite();
        }
    }

    /// A job, and whether this submission made it.
    public record Submission(Job job, boolean isNew) {}

    /// The job that this key made.
    ///
    /// @throws JobException if it was used for another request
    public Optional<Job> submitted(String owner, IdempotencyKey key) {
        return jobs.submitted(owner, key.text(), key.request()).map(before -> submission(before).job());
    }

    /// @return completes when the job is stored; fails with [JobException] when the queue is full, or the key was used for
    ///     another request
    public CompletableFuture<Submission> submit(JobRequest request) {
        IdempotencyKey key = request.key();
        Optional<String> full = queueLimit.refusal(request.owner());
        if (full.isPresent()) {
            return beyondTheQueue(request.owner(), key, full.get());
        }
        String id = ids.next();
        NewJob job =
                new NewJob(
                        id,
                        request.owner(),
                        request.priority(),
                        request.name(),
                        request.workflow(),
                        request.inputs(),
                        JobJson.text(request.outputs()),
                        request.options(),
                        request.plugins(),
                        request.assets(),
                        key == null ? null : key.text(),
                        key == null ? null : key.request(),
                        request.webhook(),
                        clock.milliseconds());
        var event = EventStore.state(id, hub.begin(id), "queued");
        return jobs.submit(job, event)
                .whenComplete((submitted, _) -> {
                    if (submitted != null && submitted.kind() == JobStore.Submitted.Kind.NEW) {
                        queued.incrementAndGet();
                        hub.publish(event, true);
                        claims.queuedOne();
                    } else {
                        hub.withdraw(id, event.sequence());
                    }
                })
                .thenApply(JobService::submission);
    }

    /// The same request at the same time may be what filled the queue.
    private CompletableFuture<Submission> beyondTheQueue(String owner, @Nullable IdempotencyKey key, String reason) {
        try {
            Optional<Job> before = key == null ? Optional.empty() : submitted(owner, key);
            return before.map(job -> CompletableFuture.completedFuture(new Submission(job, false)))
                    .orElseThrow(() -> new JobException(JobException.Reason.QUEUE_FULL, reason));
        } catch (JobException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private static Submission submission(JobStore.Submitted submitted) {
        return switch (submitted.kind()) {
            case NEW -> new Submission(job(submitted.job()), true);
            case SAME_REQUEST -> new Submission(job(submitted.job()), false);
            case OTHER_REQUEST ->
                    throw new JobException(
                            JobException.Reason.KEY_IN_USE,
                            "The idempotency key was used for another request, job "
                                    + submitted.job().id()
                                    + ". Send the same request, or another key.");
        };
    }

    public Optional<Job> find(String id) {
        return jobs.find(id).map(JobService::job);
    }

    public Optional<JobDetails> get(String id) {
        long sequence = events.last(id); // first: what is read after it is not older
        Optional<JobRow> row = jobs.find(id);
        Optional<JobRow.Texts> texts = jobs.texts(id);
        if (row.isEmpty() || texts.isEmpty()) {
            return Optional.empty();
        }
        List<JobDetails.NodeRecord> nodes =
                jobs.nodes(id).stream()
                        .map(node ->
                                new JobDetails.NodeRecord(
                                        node.node(),
                                        node.type(),
                                        node.status(),
                                        node.epoch(),
                                        node.milliseconds(),
                                        node.elements(),
                                        node.cached(),
                                        node.missReason(),
                                        node.devices(),
                                        node.inputs(),
                                        node.outputs(),
                                        node.error()))
                        .toList();
        return Optional.of(
                new JobDetails(job(row.get()), texts.get().workflow(), texts.get().inputs(), nodes, sequence));
    }

    public JobPage list(JobFilter filter) {
        String state = filter.state() == null ? null : filter.state().text();
        List<JobRow> rows = jobs.list(filter.owner(), state, filter.before(), filter.limit() + 1);
        boolean hasMore = rows.size() > filter.limit();
        List<Job> page = rows.stream().limit(filter.limit()).map(JobService::job).toList();
        return new JobPage(page, hasMore ? page.getLast().id() : null);
    }

    /// How many jobs are in each state; states without any are left out.
    public Map<String, Long> counts() {
        return jobs.counts();
    }

    /// How many transactions the store has committed since it was opened; each is one sync of the disk.
    public long commits() {
        return database.commits();
    }

    /// @return the job, cancelled or cancelling; as it is if it ended before. Fails with [JobException]
    public CompletableFuture<Job> cancel(String id) {
        long number = hub.reserve(id);
        return jobs.cancel(id, number, clock.milliseconds())
                .whenComplete((changed, _) -> {
                    if (changed == null || changed.isEmpty() || !changed.get().isChanged()) {
                        hub.withdraw(id, number);
                        return;
                    }
                    JobRow row = changed.get().job();
                    hub.publish(EventStore.state(id, number, row.state()), true);
                    if (row.state().equals("cancelled")) {
                        queued.decrementAndGet();
                    } else {
                        claims.cancel(id);
                    }
                })
                .thenApply(changed -> job(changed.orElseThrow(() -> noSuchJob(id)).job()));
    }

    /// Puts a job that ended into the queue again. Nodes that succeeded are not computed again.
    ///
    /// @param fromNode this node and what needs it are computed again; null for those only that did not succeed
    /// @return fails with [JobException]
    public CompletableFuture<Job> retry(String id, @Nullable String fromNode) {
        Set<String> forgotten;
        try {
            JobRow.Texts texts = jobs.texts(id).orElseThrow(() -> noSuchJob(id));
            forgotten = fromNode == null ? Set.of() : Downstream.of(fromNode, texts.workflow());
        } catch (JobException e) {
            return CompletableFuture.failedFuture(e);
        }
        long number = hub.reserve(id);
        return jobs.retry(id, forgotten, number)
                .whenComplete((changed, _) -> {
                    if (changed == null || changed.isEmpty() || !changed.get().isChanged()) {
                        hub.withdraw(id, number);
                        return;
                    }
                    queued.incrementAndGet();
                    hub.publish(EventStore.state(id, number, "queued"), true);
                    claims.queuedOne();
                    returned(id);
                })
                .thenApply(changed -> {
                    JobStore.Changed now = changed.orElseThrow(() -> noSuchJob(id));
                    if (!now.isChanged()) {
                        throw new JobException(
                                JobException.Reason.NOT_FINISHED,
                                "Job "
                                        + id
                                        + " is "
                                        + now.job().state()
                                        + "; only a job that ended can be tried again. Cancel it first.");
                    }
                    return job(now.job());
                });
    }

    /// Follows a job: first what was stored after `since`, as it is taken, then what happens. The listener is called by one
    /// thread at a time and must not block.
    ///
    /// @param since the last number the follower has; 0 for all
    public Subscription subscribe(String id, long since, Consumer<JobEvent> listener) {
        if (jobs.find(id).isEmpty()) {
            throw noSuchJob(id);
        }
        return hub.subscribe(id, since, listener, () -> get(id).orElseThrow(() -> noSuchJob(id)));
    }

    /// Waits until a job has ended, or for as long as given. Blocks.
    ///
    /// @return the job as it is then
    public Job await(String id, Duration patience) throws InterruptedException {
        CountDownLatch ended = new CountDownLatch(1);
        Runnable unsubscribe =
                hub.hear(
                        id,
                        event -> {
                            if (event instanceof JobEvent.Stored stored && stored.isFinal()) {
                                ended.countDown();
                            }
                        });
        try {
            if (find(id).filter(job -> job.state().isFinal()).isEmpty()) {
                boolean _ = ended.await(patience.toMillis(), TimeUnit.MILLISECONDS);
            }
        } finally {
            unsubscribe.run();
        }
        return find(id).orElseThrow(() -> noSuchJob(id));
    }

    /// Joins a worker that connected.
    ///
    /// @param accepts whether a secret is the one of a supervised worker, or a token of scope `worker`
    /// @return what receives its messages
    public WorkerLink.Receiver<ToServer> connect(WorkerLink<ToWorker> link, Predicate<String> accepts) {
        return new WorkerSession(link, claims, accepts);
    }

    /// Ends the connections of workers whose secrets are not accepted any more; their jobs return to the queue.
    public void dismissWorkers() {
        claims.dismiss();
    }

    /// Has something called whenever a job was queued. It must not block.
    public void whenQueued(Runnable listener) {
        claims.whenQueued(listener);
    }

    /// Returns jobs to the queue that workers held which cannot come back: supervised ones of a server that ended.
    ///
    /// @param isGone by the worker's name
    public void releaseJobsOf(Predicate<String> isGone) {
        claims.releaseJobsOf(isGone);
    }

    /// A supervised worker's process ended: what it held returns to the queue at once.
    ///
    /// @param isOrderly false if it died, which is a strike against the nodes that ran
    public void workerEnded(String worker, boolean isOrderly) {
        claims.workerEnded(worker, isOrderly);
    }

    /// The number of the last stored event of a job, 0 if there is none.
    public long lastSequence(String id) {
        return events.last(id);
    }

    /// Whether the store answers, and could write when it last had to.
    public boolean isStoreUp() {
        try {
            jobs.find("");
            return database.canWrite();
        } catch (RuntimeException e) {
            return false;
        }
    }

    /// How many jobs wait.
    public long queued() {
        return queued.get();
    }

    /// The workers that are connected.
    public List<WorkerState> workers() {
        return claims.workers();
    }

    private static JobException noSuchJob(String id) {
        return new JobException(JobException.Reason.NO_SUCH_JOB, "There is no job \"" + id + "\".");
    }

    private static Job job(JobRow row) {
        return new Job(
                row.id(),
                row.owner(),
                JobState.of(row.state()),
                row.priority(),
                row.name(),
                row.epoch(),
                row.options(),
                row.result(),
                row.error(),
                Instant.ofEpochMilli(row.created()),
                row.started() == null ? null : Instant.ofEpochMilli(row.started()),
                row.finished() == null ? null : Instant.ofEpochMilli(row.finished()));
    }

    @Override
    public void close() {
        ticks.shutdownNow();
        Replanning current = replanning;
        if (current != null) {
            current.close();
        }
    }
}
