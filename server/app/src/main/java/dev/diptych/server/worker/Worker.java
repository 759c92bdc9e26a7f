// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.worker;

import dev.diptych.engine.execution.WorkflowExecutor;
import dev.diptych.server.worker.link.Holding;
import dev.diptych.server.worker.link.NodeReport;
import dev.diptych.server.worker.link.Outcome;
import dev.diptych.server.worker.link.ToServer;
import dev.diptych.server.worker.link.ToWorker;
import dev.diptych.server.worker.link.WorkerLink;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;

/// The executing side of the link: claims jobs, runs them, and keeps what it reported until the server has it. Lives through
/// any number of connections: on a new one it lists what it holds. Thread-safe.
public final class Worker implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Worker.class);
    private static final Duration HEARTBEAT = Duration.ofSeconds(10);

    private final String name;
    private final String secret;
    private final List<String> pluginDigests;
    private final int slots;
    private final WorkflowExecutor executor;
    private final WorkerAssets assets;
    private final Supplier<List<ToServer.Device>> devices;
    private final CompletableFuture<String> drained = new CompletableFuture<>();
    private final ScheduledExecutorService heartbeats =
            Executors.newSingleThreadScheduledExecutor(Thread.ofPlatform().daemon().name("heartbeat").factory());

    private final Map<Holding, Entry> jobs = new LinkedHashMap<>();
    private @Nullable WorkerLink<ToServer> link;
    private Set<String> watched = Set.of();
    private boolean isDraining;
    private long lastId;

    /// A job here, and what the server has not acknowledged of it.
    private static final class Entry {
        private final ActiveJob job;
        private final Map<Long, ToServer> unacknowledged = new LinkedHashMap<>();

        /// Of these, what waited at the last heartbeat already.
        private Set<Long> overdue = Set.of();

        private boolean isEnded;

        private Entry(ActiveJob job) {
            this.job = job;
        }
    }

    /// @param name          stays the same when the worker connects again, and differs between processes
    /// @param secret        the start-up secret, or a token of scope `worker`
    /// @param pluginDigests what is loaded: the worker gets only jobs that need no more
    /// @param slots         how many jobs at once, at most 32
    /// @param devices       tells what they are now; must not block, nor wake a device that nobody has used yet
    public Worker(
            String name,
            String secret,
            List<String> pluginDigests,
            int slots,
            WorkflowExecutor executor,
            WorkerAssets assets,
            Supplier<List<ToServer.Device>> devices) {
        this(name, secret, pluginDigests, slots, executor, assets, devices, HEARTBEAT);
    }

    Worker(
            String name,
            String secret,
            List<String> pluginDigests,
            int slots,
            WorkflowExecutor executor,
            WorkerAssets assets,
            Supplier<List<ToServer.Device>> devices,
            Duration heartbeat) {
        this.devices = devices;
        this.name = name;
        this.secret = secret;
        this.pluginDigests = List.copyOf(pluginDigests);
        this.slots = slots;
        this.executor = executor;
        this.assets = assets;
        var _ =
                heartbeats.scheduleAtFixedRate(
                        this::beat, heartbeat.toMillis(), heartbeat.toMillis(), TimeUnit.MILLISECONDS);
    }

    /// Says hello on a new connection.
    ///
    /// @return what receives its messages
    public synchronized WorkerLink.Receiver<ToWorker> connect(WorkerLink<ToServer> newLink) {
        link = newLink;
        newLink.ifUndeliverable(this::undeliverable);
        newLink.send(new ToServer.Hello(name, secret, pluginDigests, slots, List.copyOf(jobs.keySet()), devices.get()));
        return new Connection(newLink);
    }

    /// A job whose outputs cannot be told has failed: sent again, they would be refused again.
    private synchronized void undeliverable(ToServer message, String reason) {
        if (message instanceof ToServer.Finished(Holding holding, long id, _)) {
            ToServer.Finished instead = new ToServer.Finished(holding, id, ActiveJob.tooLarge(reason));
            Entry entry = jobs.get(holding);
            if (entry != null && entry.unacknowledged.replace(id, instead) != null) {
                tell(instead);
            }
        }
    }

    /// Completes with the reason when the server wants this worker replaced and no node runs any more.
    public CompletableFuture<String> drained() {
        return drained;
    }

    /// An orderly stop: what is held returns to the queue without a strike.
    @Override
    public void close() {
        List<Entry> left;
        synchronized (this) {
            isDraining = true;
            left = List.copyOf(jobs.values());
            if (link != null) {
                link.send(new ToServer.Leaving());
                link.flush();
            }
        }
        left.forEach(entry -> entry.job.drop());
        heartbeats.shutdownNow();
    }

    private synchronized void beat() {
        List<ToServer.DeviceCall> calls = new ArrayList<>();
        jobs.forEach((holding, entry) ->
                entry.job.deviceCalls().forEach((node, age) -> calls.add(new ToServer.DeviceCall(holding, node, age))));
        tell(new ToServer.Heartbeat(List.copyOf(jobs.keySet()), calls, devices.get()));
        jobs.values().forEach(this::tellAgain);
    }

    /// The server may be unable to store for a while, its disk being full: it then acknowledges nothing.
    private void tellAgain(Entry entry) {
        entry.unacknowledged.forEach((id, message) -> {
            if (entry.overdue.contains(id)) {
                tell(message);
            }
        });
        entry.overdue = Set.copyOf(entry.unacknowledged.keySet());
    }

    private synchronized void tell(ToServer message) {
        if (link != null) {
            link.send(message);
        }
    }

    /// One connection's messages; those of a connection that was replaced are not heard.
    private final class Connection implements WorkerLink.Receiver<ToWorker> {
        private final WorkerLink<ToServer> own;

        private Connection(WorkerLink<ToServer> own) {
            this.own = own;
        }

        @Override
        public void received(ToWorker message) {
            synchronized (Worker.this) {
                if (link != own) {
                    return;
                }
                switch (message) {
                    case ToWorker.Welcome welcome -> welcomed(welcome);
                    case ToWorker.Assign assign -> begin(assign);
                    case ToWorker.Cancel cancel -> withJob(cancel.holding(), ActiveJob::cancel);
                    case ToWorker.Ack ack -> acknowledged(ack);
                    case ToWorker.Stale stale -> drop(stale.holding());
                    case ToWorker.Watch watch -> watched = Set.copyOf(watch.jobs());
                    case ToWorker.Drain drain -> drain(drain.reason());
                    case ToWorker.Stop stop -> stop(stop.reason());
                }
            }
        }

        @Override
        public void closed(String reason) {
            synchronized (Worker.this) {
                if (link == own) {
                    link = null;
                    watched = Set.of();
                }
            }
        }
    }

    private void withJob(Holding holding, Consumer<ActiveJob> action) {
        Entry entry = jobs.get(holding);
        if (entry != null) {
            action.accept(entry.job);
        }
    }

    private void welcomed(ToWorker.Welcome welcome) {
        for (Holding holding : List.copyOf(jobs.keySet())) {
            if (!welcome.kept().contains(holding)) {
                drop(holding);
            }
        }
        for (Entry entry : jobs.values()) {
            entry.unacknowledged.values().forEach(this::tell);
        }
        claim();
    }

    private void claim() {
        if (!isDraining) {
            tell(new ToServer.Claim(slots - jobs.size()));
        }
    }

    private void begin(ToWorker.Assign assign) {
        if (isDraining || jobs.containsKey(assign.holding())) {
            return;
        }
        ActiveJob job = new ActiveJob(assign, executor, assets, new Reports(assign.holding()));
        jobs.put(assign.holding(), new Entry(job));
        Thread.ofVirtual().name("job-" + assign.holding().job()).start(job::work);
    }

    private void acknowledged(ToWorker.Ack ack) {
        Entry entry = jobs.get(ack.holding());
        if (entry != null) {
            entry.unacknowledged.remove(ack.id());
            if (entry.isEnded && entry.unacknowledged.isEmpty()) {
                forget(ack.holding());
            }
        }
    }

    private void drop(Holding holding) {
        Entry entry = jobs.get(holding);
        if (entry != null) {
            entry.job.drop();
            forget(holding);
        }
    }

    private void forget(Holding holding) {
        jobs.remove(holding);
        claim();
        endIfDrained();
    }

    private void drain(String reason) {
        LOG.warn("This worker takes no more jobs. {}", reason);
        isDraining = true;
        jobs.values().forEach(entry -> entry.job.windDown());
        endIfDrained();
    }

    private void endIfDrained() {
        if (isDraining && jobs.isEmpty()) {
            drained.complete("drained");
        }
    }

    private void stop(String reason) {
        isDraining = true;
        List.copyOf(jobs.keySet()).forEach(this::drop);
        tell(new ToServer.Leaving());
        drained.complete(reason);
    }

    /// What one job tells.
    private final class Reports implements ActiveJob.Reports {
        private final Holding holding;

        private Reports(Holding holding) {
            this.holding = holding;
        }

        @Override
        public void tell(ToServer message) {
            Worker.this.tell(message);
        }

        @Override
        public void announce(ToServer.NodeStarted started) {
            WorkerLink<ToServer> current;
            synchronized (Worker.this) {
                Worker.this.tell(started);
                current = link;
            }
            if (current != null) {
                current.flush();
            }
        }

        @Override
        public void report(NodeReport report) {
            synchronized (Worker.this) {
                keep(new ToServer.NodeEnded(holding, ++lastId, report), lastId);
            }
        }

        @Override
        public void finish(Outcome outcome) {
            synchronized (Worker.this) {
                Entry entry = jobs.get(holding);
                if (entry != null) {
                    entry.isEnded = true;
                }
                keep(new ToServer.Finished(holding, ++lastId, outcome), lastId);
            }
        }

        private void keep(ToServer message, long id) {
            Entry entry = jobs.get(holding);
            if (entry != null) {
                entry.unacknowledged.put(id, message);
                Worker.this.tell(message);
            }
        }

        @Override
        public boolean isWatched() {
            synchronized (Worker.this) {
                return watched.contains(holding.job());
            }
        }

        @Override
        public void dropped() {
            synchronized (Worker.this) {
                jobs.remove(holding);
                endIfDrained();
            }
        }
    }

    /// The jobs that are here now.
    public synchronized List<Holding> holding() {
        return new ArrayList<>(jobs.keySet());
    }
}
