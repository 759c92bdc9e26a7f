// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.device;

import dev.diptych.api.network.NetworkFunction;
import dev.diptych.engine.device.torchscript.NumberFormat;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;

/// A graphics card, or the processor or a part of it: one thread that makes every tensor call, a memory budget, and the models that are resident. Everything here may
/// be called from any thread but its own.
public final class Device implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Device.class);
    private static final int MOST_LANES = 2000;

    /// After so long without work, memory that is kept for later operations is given back.
    private static final Duration REST = Duration.ofSeconds(10);

    /// Of the budget.
    private static final int KEPT_INPUTS_PART = 8;

    private final String id;
    private final String torchName;
    private final int threads;
    private final MemoryBudget budget;
    private final Counters counters = new Counters();
    private final Schedule schedule = new Schedule(this::mostRows, REST);
    private final Map<LaneKey, LaneState> lanes = new ConcurrentHashMap<>();
    private final Map<String, CompletableFuture<NumberFormat>> formats = new ConcurrentHashMap<>();
    private final AtomicInteger users = new AtomicInteger();
    private final CompletableFuture<Residency> residency = new CompletableFuture<>();
    private final CompletableFuture<BatchRunner> runner = new CompletableFuture<>();
    private final Thread thread;

    /// Read and written by its thread only.
    private int usedThreads;

    /// @param id        for example `cpu:0`
    /// @param torchName as libtorch calls it
    /// @param threads   that one operation may use
    /// @param bytes     of memory for weights, inputs and intermediate results
    Device(String id, String torchName, int threads, long bytes) {
        this.id = id;
        this.torchName = torchName;
        this.threads = threads;
        this.budget = new MemoryBudget(bytes);
        this.thread = Thread.ofPlatform().name("device-" + id).daemon().start(this::work);
    }

    private void work() {
        try (NativeMemory memory = new NativeMemory()) {
            Libtorch torch = Libtorch.get();
            torch.prepareThread();
            use(threads, torch);
            Uploads uploads = new Uploads(torch, memory, budget, torchName, budget.total() / KEPT_INPUTS_PART);
            Residency there = new Residency(torchName, budget, uploads, counters);
            BatchRunner batches = new BatchRunner(id, torch, there, uploads, budget, counters);
            runner.complete(batches);
            residency.complete(there);
            try {
                loop(torch, batches);
            } finally {
                there.close();
                uploads.close();
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException | Error e) {
            LOG.error("Device {} ended", id, e);
            runner.completeExceptionally(e);
            residency.completeExceptionally(e);
            failWhatWaits(e);
        }
    }

    private void loop(Libtorch torch, BatchRunner batches) throws InterruptedException {
        FreeCores cores = new FreeCores(threads);
        while (true) {
            switch (schedule.take()) {
                case Schedule.Work.Task task -> {
                    use(cores.now(), torch);
                    task.task().run();
                }
                case Schedule.Work.Batch batch -> {
                    CallRequest first = batch.calls().getFirst();
                    boolean isFixed = first.scope().isDeterministic();
                    int rows = BatchRunner.rows(batch.calls());
                    ThreadChoice choice = first.state().threads();
                    use(isFixed ? threads : choice.threads(rows, cores.now()), torch);
                    long began = System.nanoTime();
                    boolean isMeasured = batches.run(batch.calls());
                    schedule.finished(batch.calls(), began, isMeasured);
                    if (isMeasured && !isFixed) {
                        choice.took(rows, usedThreads, System.nanoTime() - began);
                    }
                }
                case Schedule.Work.Rest _ -> torch.trim();
                case Schedule.Work.End _ -> {
                    return;
                }
            }
        }
    }

    private void use(int wanted, Libtorch torch) {
        if (wanted != usedThreads) {
            torch.useThreads(wanted);
            usedThreads = wanted;
        }
    }

    /// A thread that could not begin leaves nobody waiting.
    private void failWhatWaits(Throwable reason) {
        schedule.fail(reason);
        try {
            for (Schedule.Work next = schedule.take(); !(next instanceof Schedule.Work.End); next = schedule.take()) {
                switch (next) {
                    case Schedule.Work.Task task -> task.task().run();
                    case Schedule.Work.Batch batch ->
                            batch.calls().forEach(call -> call.outcome().completeExceptionally(reason));
                    case Schedule.Work.Rest _, Schedule.Work.End _ -> {}
                }
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    public String id() {
        return id;
    }

    /// Whether it is a graphics card.
    public boolean isGraphicsCard() {
        return torchName.startsWith("cuda");
    }

    /// What it does and holds now.
    public DeviceState state() {
        MemoryBudget.Use use = budget.use();
        Residency there = residency.isCompletedExceptionally() ? null : residency.getNow(null);
        return new DeviceState(
                id,
                threads,
                schedule.waiting(),
                new DeviceState.Memory(use.total(), use.weights(), use.inputs(), use.reserved()),
                there == null ? List.of() : there.names(),
                counters.counts());
    }

    MemoryBudget budget() {
        return budget;
    }

    Schedule schedule() {
        return schedule;
    }

    /// How many runs of nodes hold one of its models.
    AtomicInteger users() {
        return users;
    }

    boolean isResident(String identity) {
        return residency.isDone() && !residency.isCompletedExceptionally() && residency.join().isResident(identity);
    }

    boolean isResident(String identity, NumberFormat format) {
        return residency.isDone()
                && !residency.isCompletedExceptionally()
                && residency.join().isResident(identity, format);
    }

    /// The format that a component is computed in here, once it is known.
    Map<String, CompletableFuture<NumberFormat>> formats() {
        return formats;
    }

    LaneState lane(LaneKey key, NetworkFunction function, Map<String, Long> sizes) {
        LaneState known = lanes.get(key);
        if (known == null) {
            if (lanes.size() >= MOST_LANES) {
                lanes.clear();
            }
            known = lanes.computeIfAbsent(key, _ -> new LaneState(function, key.format(), sizes, threads));
        }
        return known;
    }

    /// What memory allows once everything else that may go is gone.
    private int mostRows(CallRequest head) {
        long free = budget.unreserved() - head.component().bytes(head.format());
        return head.state().rowsWithin(free);
    }

    /// Compiles a component's program.
    void prepare(Component component, NumberFormat format) {
        call(() -> residency.join().program(component.description(), format));
    }

    /// Which of float32 and another format computes a call faster.
    CompletableFuture<NumberFormat> fastest(CallRequest call, NumberFormat other) {
        return schedule.run(() -> runner.join().fastest(call, other));
    }

    /// Runs something on its thread and waits for it.
    <T> T call(Callable<T> task) {
        if (Thread.currentThread() == thread) {
            throw new IllegalStateException("The device's thread waits for itself");
        }
        try {
            return schedule.run(task).get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new java.util.concurrent.CancellationException("Interrupted while waiting for the device");
        } catch (ExecutionException e) {
            throw unwrapped(e.getCause());
        }
    }

    static RuntimeException unwrapped(@org.jspecify.annotations.Nullable Throwable cause) {
        return switch (cause) {
            case RuntimeException known -> known;
            case Error error -> throw error;
            case null, default -> new IllegalStateException(cause);
        };
    }

    /// Ends after what is there.
    @Override
    public void close() {
        schedule.close();
        try {
            thread.join(Duration.ofSeconds(10));
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
