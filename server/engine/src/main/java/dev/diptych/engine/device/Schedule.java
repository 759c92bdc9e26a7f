// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.device;

import dev.diptych.engine.device.batching.BatchQueue;
import dev.diptych.engine.device.batching.Decision;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.ToIntFunction;

/// What waits for a device's thread: tasks, and calls that it joins. Thread-safe; only the device's thread takes.
final class Schedule {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition arrived = lock.newCondition();
    private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
    private final BatchQueue<CallRequest> calls;
    private final Duration rest;
    private boolean isClosed;
    private boolean isResting;
    private @Nullable Throwable failure;

    /// @param mostRows that memory allows in a batch that begins with a call
    /// @param rest     how long there must be nothing to do before this is said
    Schedule(ToIntFunction<CallRequest> mostRows, Duration rest) {
        this.rest = rest;
        calls = new BatchQueue<>(mostRows);
    }

    /// What the device's thread does next.
    sealed interface Work {
        record Task(Runnable task) implements Work {}

        record Batch(List<CallRequest> calls) implements Work {}

        /// For some time there was nothing to do. Said once, until there is.
        record Rest() implements Work {}

        record End() implements Work {}
    }

    /// @return completed with what the task gives
    <T> CompletableFuture<T> run(Callable<T> task) {
        CompletableFuture<T> result = new CompletableFuture<>();
        lock.lock();
        try {
            checkOpen();
            tasks.add(() -> {
                try {
                    result.complete(task.call());
                } catch (Throwable e) {
                    result.completeExceptionally(e);
                }
            });
            arrived.signal();
        } finally {
            lock.unlock();
        }
        return result;
    }

    void add(CallRequest call) {
        lock.lock();
        try {
            checkOpen();
            calls.add(call);
            arrived.signal();
        } finally {
            lock.unlock();
        }
    }

    private void checkOpen() {
        if (failure != null) {
            throw Device.unwrapped(failure);
        }
        if (isClosed) {
            throw new RejectedExecutionException("The device is closed");
        }
    }

    /// @return whether the call was waiting, and does not any more
    boolean withdraw(CallRequest call) {
        lock.lock();
        try {
            return calls.remove(call);
        } finally {
            lock.unlock();
        }
    }

    /// Says that a run of a node will not call again.
    void leave(Object member) {
        lock.lock();
        try {
            calls.leave(member);
            arrived.signal();
        } finally {
            lock.unlock();
        }
    }

    int waiting() {
        lock.lock();
        try {
            return calls.waiting();
        } finally {
            lock.unlock();
        }
    }

    /// Waits for work.
    Work take() throws InterruptedException {
        lock.lock();
        try {
            while (true) {
                Runnable task = tasks.poll();
                if (task != null) {
                    isResting = false;
                    return new Work.Task(task);
                }
                long now = System.nanoTime();
                switch (calls.next(now)) {
                    case Decision.Run<CallRequest> batch -> {
                        isResting = false;
                        return new Work.Batch(batch.batch());
                    }
                    case Decision.Hold<CallRequest> hold -> {
                        long unused = arrived.awaitNanos(hold.until() - now);
                    }
                    case Decision.Idle<CallRequest> _ -> {
                        if (isClosed) {
                            return new Work.End();
                        }
                        if (isResting) {
                            arrived.await();
                        } else if (arrived.awaitNanos(rest.toNanos()) <= 0) {
                            isResting = true;
                            return new Work.Rest();
                        }
                    }
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /// @param began by [System#nanoTime]
    void finished(List<CallRequest> batch, long began, boolean isMeasured) {
        lock.lock();
        try {
            long now = System.nanoTime();
            calls.finished(batch, now - began, isMeasured, now);
        } finally {
            lock.unlock();
        }
    }

    /// Takes nothing more, and says why to all who come.
    void fail(Throwable reason) {
        lock.lock();
        try {
            failure = reason;
        } finally {
            lock.unlock();
        }
        close();
    }

    /// Takes nothing more; what is there is done.
    void close() {
        lock.lock();
        try {
            isClosed = true;
            arrived.signal();
        } finally {
            lock.unlock();
        }
    }
}
