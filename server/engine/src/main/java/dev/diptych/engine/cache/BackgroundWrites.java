// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.cache;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.ArrayDeque;

/// Writes that nobody waits for, made in order by one thread. Whoever adds waits only when very much is waiting already: a disk
/// that cannot keep up slows the nodes down instead of filling the memory. Thread-safe.
final class BackgroundWrites implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(BackgroundWrites.class);
    private static final long MOST_BYTES = 256L << 20;
    private static final int MOST_WRITES = 20_000;
    private static final long IDLE_MILLISECONDS = 10_000;

    private final ArrayDeque<Write> waiting = new ArrayDeque<>();
    private long bytes;
    private boolean isRunning;
    private boolean isClosed;

    private record Write(long bytes, Runnable action) {}

    /// @param size what it holds in memory meanwhile, in bytes
    void add(long size, Runnable action) {
        synchronized (this) {
            while (!isClosed && (bytes > MOST_BYTES || waiting.size() >= MOST_WRITES)) {
                if (!await(0)) {
                    break;
                }
            }
            if (!isClosed) {
                waiting.add(new Write(size, action));
                bytes += size;
                notifyAll();
                if (!isRunning) {
                    isRunning = true;
                    Thread.ofPlatform().daemon().name("cache-writer").start(this::work);
                }
                return;
            }
        }
        action.run();
    }

    private void work() {
        for (Write next = next(); next != null; next = next()) {
            try {
                next.action().run();
            } catch (RuntimeException e) {
                LOG.warn("A cache entry was not written", e);
            }
            synchronized (this) {
                waiting.remove(); // only now: until then it is not on disk
                bytes -= next.bytes();
                notifyAll();
            }
        }
    }

    private synchronized @org.jspecify.annotations.Nullable Write next() {
        if (waiting.isEmpty() && !isClosed) {
            await(IDLE_MILLISECONDS);
        }
        Write next = waiting.peek();
        isRunning = next != null;
        notifyAll();
        return next;
    }

    /// Waits until all that was added is done.
    synchronized void flush() {
        while (!waiting.isEmpty()) {
            if (!await(0)) {
                return;
            }
        }
    }

    @Override
    public void close() {
        synchronized (this) {
            isClosed = true;
            notifyAll();
        }
        flush();
    }

    /// @return false if the thread was interrupted
    private synchronized boolean await(long milliseconds) {
        try {
            wait(milliseconds);
            return true;
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
