// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.jobs;

import dev.diptych.engine.document.Problem;
import dev.diptych.server.store.ClaimStore;
import dev.diptych.server.store.EventRow;
import dev.diptych.server.store.EventStore;
import dev.diptych.server.store.JobRow;
import dev.diptych.server.store.NodeRow;
import dev.diptych.server.worker.link.Holding;
import dev.diptych.server.worker.link.NodeReport;
import dev.diptych.server.worker.link.Outcome;
import dev.diptych.server.worker.link.ToServer;
import dev.diptych.server.worker.link.ToWorker;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Predicate;

/// Who works on what: leases and connected workers in memory, claims in the store. Its lock is held for moments only;
/// what the store answers comes back on the store's thread and takes the lock again.
final class Claims {
    private static final Logger LOG = LoggerFactory.getLogger(Claims.class);
    private static final int LAST_STRIKE = 3;

    private final ClaimStore store;
    private final EventStore events;
    private final EventHub hub;
    private final JobClock clock;
    private final JobLimits limits;
    private final OutputFiles outputs;
    private final AtomicLong queued;
    private final Consumer<String> returned;
    private final Map<String, Lease> leases = new TreeMap<>();
    private final Map<String, WorkerSession> sessions = new LinkedHashMap<>();
    private volatile @Nullable Runnable queuedListener;

    /// @param returned told each job that is in the queue again
    Claims(
            ClaimStore store,
            EventStore events,
            EventHub hub,
            JobClock clock,
            JobLimits limits,
            OutputFiles outputs,
            AtomicLong queued,
            Consumer<String> returned) {
        this.store = store;
        this.events = events;
        this.hub = hub;
        this.clock = clock;
        this.limits = limits;
        this.outputs = outputs;
        this.queued = queued;
        this.returned = returned;
    }

    /// Gives each job that ran when the server ended the time of a lease.
    synchronized void recover() {
        for (JobRow row : store.held()) {
            Holding holding = new Holding(row.id(), row.epoch());
            Lease lease = new Lease(holding, String.valueOf(row.worker()), row.runsAlone(), after(limits.lease()));
            if (row.state().equals("cancelling")) {
                lease.cancelledAt = after(limits.cancelling());
            }
            leases.put(row.id(), lease);
        }
    }

    /// @return false if the session's secret is not accepted; it is closed then
    synchronized boolean join(WorkerSession session, List<Holding> holding) {
        if (!session.isAccepted()) {
            session.close("The secret is not accepted; a worker needs a token of scope worker.");
            return false;
        }
        WorkerSession earlier = sessions.put(session.worker, session);
        if (earlier != null) {
            earlier.close("The worker connected again.");
        }
        List<Holding> kept = new ArrayList<>();
        for (Lease lease : heldBy(session.worker)) {
            if (holding.contains(lease.holding)) {
                lease.expires = after(limits.lease());
                kept.add(lease.holding);
            } else {
                release(lease, List.of());
            }
        }
        session.heardAt = clock.nanoseconds();
        session.send(new ToWorker.Welcome(kept));
        session.send(new ToWorker.Watch(hub.watched()));
        for (Holding one : holding) {
            Lease lease = leases.get(one.job());
            if (!kept.contains(one)) {
                session.send(new ToWorker.Stale(one));
            } else if (lease != null && lease.cancelledAt != null) {
                session.send(new ToWorker.Cancel(one));
            }
        }
        return true;
    }

    /// Ends the sessions whose secrets are not accepted any more. What their workers held returns to the queue without a strike.
    synchronized void dismiss() {
        for (WorkerSession session : List.copyOf(sessions.values())) {
            if (!session.isAccepted()) {
                sessions.remove(session.worker, session);
                session.close("The token is revoked.");
                heldBy(session.worker).forEach(lease -> release(lease, List.of()));
            }
        }
    }

    /// A connection ended; the worker may come back before its leases lapse.
    synchronized void part(WorkerSession session) {
        sessions.remove(session.worker, session);
    }

    synchronized void workerEnded(String worker, boolean isOrderly) {
        sessions.remove(worker);
        for (Lease lease : heldBy(worker)) {
            release(lease, isOrderly ? List.of() : lease.announced);
        }
    }

    synchronized void leaving(WorkerSession session) {
        session.isLeaving = true;
        heldBy(session.worker).forEach(lease -> release(lease, List.of()));
    }

    synchronized void want(WorkerSession session, int freeSlots) {
        session.wanted = freeSlots;
        dispatch(session);
    }

    synchronized void whenQueued(Runnable listener) {
        queuedListener = listener;
    }

    /// A job has joined the queue.
    void queuedOne() {
        dispatch();
        Runnable listener = queuedListener;
        if (listener != null) {
            listener.run();
        }
    }

    private synchronized void dispatch() {
        List.copyOf(sessions.values()).forEach(this::dispatch);
    }

    synchronized void releaseJobsOf(Predicate<String> isGone) {
        for (Lease lease : List.copyOf(leases.values())) {
            if (isGone.test(lease.worker)) {
                release(lease, List.of());
            }
        }
    }

    private void dispatch(WorkerSession session) {
        if (session.isClaiming) {
            session.isMoreToClaim = true; // the claim under way may have looked before there was this job
            return;
        }
        session.isMoreToClaim = false;
        List<Lease> held = heldBy(session.worker);
        int free = Math.min(session.wanted, session.slots - held.size());
        boolean mayClaim = !session.isDraining && !session.isLeaving && sessions.get(session.worker) == session;
        if (free <= 0 || !mayClaim || held.stream().anyMatch(lease -> lease.runsAlone)) {
            return;
        }
        session.isClaiming = true;
        session.hasFailedClaim = false;
        Map<String, Long> numbers = new HashMap<>();
        var _ =
                store.claim(
                                session.worker,
                                session.plugins,
                                held.isEmpty(),
                                free,
                                clock.milliseconds(),
                                job -> {
                                    long number = hub.reserve(job);
                                    numbers.put(job, number);
                                    return number;
                                })
                        .whenComplete((claimed, failure) -> {
                            if (failure != null) {
                                LOG.error("Claiming jobs for worker {} failed", session.worker, failure);
                                numbers.forEach(hub::withdraw);
                            }
                            claimed(session, claimed);
                        });
    }

    /// @param claims null if they could not be committed
    private synchronized void claimed(WorkerSession session, @Nullable List<ClaimStore.Claim> claims) {
        session.isClaiming = false;
        if (claims == null) {
            session.hasFailedClaim = true;
            return;
        }
        session.wanted -= claims.size();
        for (ClaimStore.Claim claim : claims) {
            queued.decrementAndGet();
            hub.publish(claim.event(), true);
            Holding holding = new Holding(claim.job().id(), claim.job().epoch());
            Lease lease = new Lease(holding, session.worker, claim.job().runsAlone(), after(limits.lease()));
            leases.put(holding.job(), lease);
            if (sessions.get(session.worker) == session && !session.isLeaving) {
                session.send(assignment(holding, claim));
            } else {
                release(lease, List.of());
            }
        }
        if (!claims.isEmpty() || session.isMoreToClaim) {
            dispatch(session);
        }
    }

    private static ToWorker.Assign assignment(Holding holding, ClaimStore.Claim claim) {
        Map<String, String> killers = new TreeMap<>();
        claim.strikes()
                .forEach((node, strikes) -> {
                    if (strikes >= LAST_STRIKE) {
                        killers.put(
                                node,
                                "Workers died "
                                        + strikes
                                        + " times while node \""
                                        + node
                                        + "\" ran; it is not started again. Look into the worker's log, then retry the job.");
                    }
                });
        return new ToWorker.Assign(
                holding,
                claim.job().owner(),
                claim.texts().workflow(),
                claim.texts().inputs(),
                JobJson.strings(claim.texts().outputs()),
                claim.job().options(),
                claim.finishedNodes(),
                killers);
    }

    synchronized void cancel(String job) {
        Lease lease = leases.get(job);
        if (lease != null) {
            lease.cancelledAt = after(limits.cancelling());
            WorkerSession session = sessions.get(lease.worker);
            if (session != null) {
                session.send(new ToWorker.Cancel(lease.holding));
            }
        }
    }

    synchronized void heartbeat(WorkerSession session, ToServer.Heartbeat heartbeat) {
        session.heardAt = clock.nanoseconds();
        session.devices = WorkerSession.told(heartbeat.devices());
        for (Holding holding : heartbeat.holding()) {
            Lease lease = current(session, holding);
            if (lease != null) {
                lease.expires = after(limits.lease());
            }
        }
        for (ToServer.DeviceCall call : heartbeat.calls()) {
            if (call.age().compareTo(limits.deviceCall()) > 0) {
                Lease lease = current(session, call.holding());
                if (lease != null) {
                    lease.announced.add(call.node());
                }
                drain(
                        session,
                        "A device call of node \""
                                + call.node()
                                + "\" has run for "
                                + call.age().toSeconds()
                                + " seconds.");
            }
        }
    }

    /// The lease if this worker holds it; else says that it is stale.
    private @Nullable Lease current(WorkerSession session, Holding holding) {
        Lease lease = leases.get(holding.job());
        if (lease != null && lease.holding.equals(holding) && lease.worker.equals(session.worker)) {
            return lease;
        }
        session.send(new ToWorker.Stale(holding));
        return null;
    }

    synchronized void nodeStarted(WorkerSession session, ToServer.NodeStarted started) {
        Lease lease = current(session, started.holding());
        if (lease == null || !lease.announced.add(started.node())) {
            return;
        }
        String job = started.holding().job();
        EventRow event =
                new EventRow(job, hub.reserve(job), "node-started", JobJson.text(Map.of("node", started.node())));
        hub.publish(event, false);
        var _ = events.append(event).whenComplete((_, _) -> hub.stored(job, event.sequence()));
    }

    synchronized void nodeEnded(WorkerSession session, ToServer.NodeEnded ended) {
        Lease lease = current(session, ended.holding());
        if (lease == null) {
            return;
        }
        NodeReport report = ended.report();
        String job = ended.holding().job();
        String status = report.status().name().toLowerCase(Locale.ROOT);
        Map<String, @Nullable Object> body = new LinkedHashMap<>();
        body.put("node", report.node());
        body.put("status", status);
        body.put("milliseconds", report.milliseconds());
        body.put("elements", report.elements());
        body.put("cached", report.cached());
        body.put("missReason", report.missReason());
        if (report.devices() != null) {
            body.put("devices", report.devices());
        }
        EventRow event = new EventRow(job, hub.reserve(job), "node-ended", JobJson.text(body));
        boolean isNews = lease.ended.add(report.node());
        lease.announced.remove(report.node());
        if (isNews) {
            hub.publish(event, false);
        }
        NodeRow row =
                new NodeRow(
                        report.node(),
                        ended.holding().epoch(),
                        report.type(),
                        status,
                        report.milliseconds(),
                        report.elements(),
                        report.cached(),
                        report.missReason(),
                        report.devices() == null ? null : JobJson.text(report.devices()),
                        JobJson.text(report.inputs()),
                        JobJson.text(report.outputs()),
                        report.error());
        var _ =
                store.record(job, row, event, clock.milliseconds())
                        .whenComplete((isStored, failure) -> {
                            if (isNews) {
                                hub.stored(job, event.sequence());
                            } else {
                                hub.withdraw(job, event.sequence());
                            }
                            if (failure != null) {
                                LOG.error(
                                        "Recording node {} of job {} failed; the worker sends it again",
                                        report.node(),
                                        job,
                                        failure);
                            } else {
                                session.send(
                                        isStored
                                                ? new ToWorker.Ack(ended.holding(), ended.id())
                                                : new ToWorker.Stale(ended.holding()));
                            }
                        });
    }

    synchronized void progress(WorkerSession session, ToServer.Progress progress) {
        if (current(session, progress.holding()) != null) {
            hub.pass(
                    new JobEvent.Progress(
                            progress.holding().job(),
                            progress.node(),
                            progress.fraction(),
                            progress.message(),
                            progress.left()));
        }
    }

    synchronized void preview(WorkerSession session, ToServer.Preview preview) {
        if (current(session, preview.holding()) != null) {
            hub.pass(
                    new JobEvent.Preview(
                            preview.holding().job(), preview.node(), preview.mediaType(), preview.bytes()));
        }
    }

    synchronized void finished(WorkerSession session, ToServer.Finished finished) {
        Lease lease = current(session, finished.holding());
        if (lease == null) {
            return;
        }
        String job = finished.holding().job();
        Outcome outcome = finished.outcome();
        List<ClaimStore.OutputFile> files = new ArrayList<>();
        for (String digest : OutputFiles.named(outcome.outputs())) {
            Optional<ClaimStore.OutputFile> file = outputs.find(digest);
            if (file.isEmpty()) {
                LOG.error("Job {} names the output {}, which is not there; it is run again", job, digest);
                session.send(new ToWorker.Stale(finished.holding()));
                release(lease, List.of());
                return;
            }
            files.add(file.get());
        }
        end(lease, outcome, files, isStored -> ended(session, lease, finished, isStored));
    }

    /// A job that no worker can be told of would come back for ever.
    synchronized void undeliverable(WorkerSession session, Holding holding, String reason) {
        Lease lease = leases.get(holding.job());
        if (lease == null || !lease.holding.equals(holding)) {
            return;
        }
        session.wanted++; // the place that was meant for it is free
        String error =
                JobJson.text(
                        List.of(
                                new Problem(
                                        "server/job-too-large",
                                        null,
                                        null,
                                        null,
                                        "The job cannot be sent to a worker: " + reason + ".",
                                        "Split its workflow, or put data into assets and refer to these.")));
        end(lease, new Outcome(Outcome.Status.FAILED, "{}", error), List.of(), _ -> unheld(session, lease));
    }

    private synchronized void unheld(WorkerSession session, Lease lease) {
        leases.remove(lease.holding.job(), lease);
        dispatch(session);
    }

    /// @param stored told whether the claim still held the job, once this is committed
    private void end(Lease lease, Outcome outcome, List<ClaimStore.OutputFile> files, Consumer<Boolean> stored) {
        String job = lease.holding.job();
        String state = outcome.status().name().toLowerCase(Locale.ROOT);
        long number = hub.reserve(job);
        var _ =
                store.finish(
                                job,
                                lease.holding.epoch(),
                                state,
                                outcome.outputs(),
                                outcome.error(),
                                files,
                                number,
                                clock.milliseconds())
                        .whenComplete((isStored, failure) -> {
                            if (failure != null) {
                                LOG.error("Storing the end of job {} failed; it is tried again", job, failure);
                            }
                            if (failure != null || !isStored) {
                                hub.withdraw(job, number);
                            } else {
                                hub.publish(EventStore.state(job, number, state), true);
                            }
                            if (failure == null) {
                                stored.accept(isStored);
                            }
                        });
    }

    private synchronized void ended(WorkerSession session, Lease lease, ToServer.Finished finished, boolean isStored) {
        session.send(
                isStored
                        ? new ToWorker.Ack(finished.holding(), finished.id())
                        : new ToWorker.Stale(finished.holding()));
        unheld(session, lease);
    }

    /// Ends what is overdue.
    synchronized void tick() {
        long now = clock.nanoseconds();
        for (Lease lease : List.copyOf(leases.values())) {
            if (lease.cancelledAt != null && now - lease.cancelledAt >= 0) {
                release(lease, List.of());
                WorkerSession session = sessions.get(lease.worker);
                if (session != null) {
                    session.send(new ToWorker.Stale(lease.holding));
                    drain(
                            session,
                            "Job "
                                    + lease.holding.job()
                                    + " did not stop within "
                                    + limits.cancelling().toSeconds()
                                    + " seconds of its cancellation.");
                }
            } else if (now - lease.expires >= 0) {
                LOG.warn("Worker {} is silent; job {} returns to the queue", lease.worker, lease.holding.job());
                release(lease, lease.announced);
            }
        }
        for (WorkerSession session : List.copyOf(sessions.values())) {
            if (now - session.heardAt >= limits.lease().toNanos()) {
                LOG.warn("Worker {} is silent; its connection is ended", session.worker);
                sessions.remove(session.worker, session);
                session.close("The worker was silent.");
            } else if (session.hasFailedClaim) {
                dispatch(session);
            } else if (session.isDraining && (now - session.drainedAt >= 0 || heldBy(session.worker).isEmpty())) {
                sessions.remove(session.worker, session);
                session.close("The worker was drained.");
                heldBy(session.worker).forEach(lease -> release(lease, lease.announced));
            }
        }
    }

    private void drain(WorkerSession session, String reason) {
        if (!session.isDraining) {
            LOG.warn("Worker {} is drained. {}", session.worker, reason);
            session.isDraining = true;
            session.drainedAt = after(limits.drain());
            session.send(new ToWorker.Drain(reason, limits.drain()));
        }
    }

    /// Ends a claim without a result; the job returns to the queue, or is cancelled if it was asked to be.
    private void release(Lease lease, Collection<String> struck) {
        String job = lease.holding.job();
        if (!leases.remove(job, lease)) {
            return;
        }
        long number = hub.reserve(job);
        var _ =
                store.release(job, lease.holding.epoch(), Set.copyOf(struck), number, clock.milliseconds())
                        .whenComplete((state, failure) -> {
                            if (failure != null || state.isEmpty()) {
                                hub.withdraw(job, number);
                            } else {
                                hub.publish(EventStore.state(job, number, state.get()), true);
                                if (state.get().equals("queued")) {
                                    queued.incrementAndGet();
                                    returned.accept(job);
                                }
                            }
                            if (failure != null) {
                                LOG.error("Releasing job {} failed; it is tried again", job, failure);
                                restore(lease);
                            } else {
                                queuedOne();
                            }
                        });
    }

    private synchronized void restore(Lease lease) {
        lease.expires = after(Duration.ofSeconds(1));
        leases.putIfAbsent(lease.holding.job(), lease);
    }

    /// Names the jobs that somebody follows to all workers.
    synchronized void watch(Set<String> jobs) {
        sessions.values().forEach(session -> session.send(new ToWorker.Watch(jobs)));
    }

    synchronized List<WorkerState> workers() {
        return sessions.values().stream()
                .map(session ->
                        new WorkerState(
                                session.worker,
                                session.slots,
                                session.isDraining,
                                new TreeSet<>(
                                        heldBy(session.worker).stream().map(lease -> lease.holding.job()).toList()),
                                session.devices))
                .toList();
    }

    private List<Lease> heldBy(String worker) {
        return leases.values().stream().filter(lease -> lease.worker.equals(worker)).toList();
    }

    private long after(Duration duration) {
        return clock.nanoseconds() + duration.toNanos();
    }
}
