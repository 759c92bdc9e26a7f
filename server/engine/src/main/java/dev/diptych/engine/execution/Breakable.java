// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.execution;

import org.jspecify.annotations.Nullable;

/// Work that waits for something outside, which others may break off: its thread is interrupted, but only while it is at this work. Thread-safe.
public final class Breakable {
    private @Nullable Thread worker;
    private boolean isBroken;

    /// @param <T> what it gives
    /// @param <E> how it fails, also when it is interrupted
    @FunctionalInterface
    public interface Work<T, E extends Exception> {
        T result() throws E;
    }

    /// Does some work, one at a time, on this thread. After a break each is interrupted from its beginning: what does not wait still ends well.
    public <T, E extends Exception> T call(Work<T, E> work) throws E {
        begin(Thread.currentThread());
        try {
            return work.result();
        } finally {
            end();
        }
    }

    private synchronized void begin(Thread thread) {
        worker = thread;
        if (isBroken) {
            thread.interrupt();
        }
    }

    private synchronized void end() {
        worker = null;
        Thread.interrupted(); // what follows on this thread was not meant
    }

    /// From any thread.
    public synchronized void breakOff() {
        isBroken = true;
        if (worker != null) {
            worker.interrupt();
        }
    }
}
