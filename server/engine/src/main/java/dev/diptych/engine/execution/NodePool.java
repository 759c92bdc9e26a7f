// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.execution;

import org.jspecify.annotations.Nullable;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/// The platform threads that nodes compute on. Virtual threads would not do: they are not time-sliced, and two busy nodes would hold all carriers.
///
/// As many nodes compute as there are places. A node that waits for a device gives up its place to another one, and goes on at once when it has waited, so that for a
/// moment more may compute; at most 256 are in flight.
public final class NodePool implements AutoCloseable {
    private static final int IDLE_SECONDS = 30;
    private static final int MOST_IN_FLIGHT = 256;

    private final int places;
    private final ExecutorService threads;
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

    /// A task of this pool may call it only as the last thing that it does: its thread then takes one of the tasks itself, and no other is woken for that one.
    synchronized void execute(Collection<Runnable> tasks) {
        waiting.addAll(tasks);
        admit(holdsPlace.get() ? 1 : 0);
    }

    /// Starts what may start, but for the last few tasks.
    private synchronized void admit(int kept) {
        while (waiting.size() > kept) {
            Runnable task = next();
            if (task == null) {
                return;
            }
            threads.execute(() -> work(task));
        }
    }

    /// Takes a place for the next task, if there is one.
    private synchronized @Nullable Runnable next() {
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
                task = ended(isDone);
            }
        }
    }

    /// @return what the thread does next
    private synchronized @Nullable Runnable ended(boolean goesOn) {
        computing--;
        inFlight--;
        Runnable next = goesOn ? next() : null; // a thread that throws ends
        admit(0);
        return next;
    }

    /// Waits for something while another node computes in this one's place. A thread that a node made itself has none, and only waits.
    <T> T away(Callable<T> wait) throws Exception {
        if (!holdsPlace.get()) {
            return wait.call();
        }
        leave();
        try {
            return wait.call();
        } finally {
            comeBack();
        }
    }

    private synchronized void leave() {
        computing--;
        admit(0);
    }

    private synchronized void comeBack() {
        computing++;
    }

    /// Interrupts what still runs, and drops what has not begun.
    @Override
    public synchronized void close() {
        waiting.clear();
        threads.shutdownNow();
    }
}
