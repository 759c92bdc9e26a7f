// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.execution;

import java.util.ArrayDeque;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/// The platform threads that nodes compute on. Virtual threads would not do: they are not time-sliced, and two busy nodes would hold all carriers.
///
/// As many nodes compute as there are places. A node that waits for a device gives up its place to another one, and goes on at once when it has waited, so that for a
/// moment more may compute; at most 256 are in flight.
public final class NodePool implements AutoCloseable {
    private static final int IDLE_SECONDS = 30;
    private static final int MOST_IN_FLIGHT = 256;

    private final int places;
    private final ExecutorService threads;
    private final ReentrantLock lock = new ReentrantLock();
    private final ArrayDeque<Runnable> waiting = new ArrayDeque<>();
    private final ThreadLocal<Boolean> holdsPlace = ThreadLocal.withInitial(() -> false);
    private int computing;
    private int inFlight;

    /// @param places how many compute, usually as many as cores
    public NodePool(int places) {
        this.places = places;
        this.threads =
                new ThreadPoolExecutor(
                        0,
                        Integer.MAX_VALUE,
                        IDLE_SECONDS,
                        TimeUnit.SECONDS,
                        new SynchronousQueue<>(),
                        Thread.ofPlatform().name("node-", 1).daemon().factory());
    }

    void execute(Runnable task) {
        lock.lock();
        try {
            waiting.add(task);
            admit();
        } finally {
            lock.unlock();
        }
    }

    /// Starts what may start. With the lock.
    private void admit() {
        for (Runnable next = next(); next != null; next = next()) {
            Runnable task = next;
            threads.execute(() -> work(task));
        }
    }

    /// Takes a place for the next task, if there is one. With the lock.
    private @org.jspecify.annotations.Nullable Runnable next() {
        if (computing >= places || inFlight >= MOST_IN_FLIGHT || waiting.isEmpty()) {
            return null;
        }
        computing++;
        inFlight++;
        return waiting.poll();
    }

    private void work(Runnable first) {
        holdsPlace.set(true);
        Runnable task = first;
        while (task != null) {
            boolean isDone = false;
            try {
                task.run();
                isDone = true;
            } finally {
                lock.lock();
                try {
                    computing--;
                    inFlight--;
                    task = isDone ? next() : null; // a thread that throws ends
                    admit();
                } finally {
                    lock.unlock();
                }
            }
        }
    }

    /// Waits for something while another node computes in this one's place. A thread that a node made itself has none, and only waits.
    <T> T away(Callable<T> wait) throws Exception {
        if (!holdsPlace.get()) {
            return wait.call();
        }
        lock.lock();
        try {
            computing--;
            admit();
        } finally {
            lock.unlock();
        }
        try {
            return wait.call();
        } finally {
            lock.lock();
            computing++;
            lock.unlock();
        }
    }

    /// Interrupts what still runs, and drops what has not begun.
    @Override
    public void close() {
        lock.lock();
        try {
            waiting.clear();
            threads.shutdownNow();
        } finally {
            lock.unlock();
        }
    }
}
