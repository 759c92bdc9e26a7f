// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.execution;

import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/// Messages that are read one at a time, by whoever adds one while nobody reads: no thread waits for them, and none has to be woken. What one message leaves
/// behind, the next one sees, whichever threads read them. Thread-safe.
final class Mailbox {
    private final Queue<Runnable> messages = new ConcurrentLinkedQueue<>();
    private final AtomicInteger unread = new AtomicInteger();
    private final Runnable afterwards;

    /// @param afterwards done when all messages that there were have been read, before others are looked for; like messages, must not throw
    Mailbox(Runnable afterwards) {
        this.afterwards = afterwards;
    }

    /// @return whether nobody reads now: then the caller must have [#read] called, soon, on a thread that may take its time
    boolean add(Runnable message) {
        messages.add(message);
        return unread.getAndIncrement() == 0;
    }

    /// Until nothing is left to read.
    void read() {
        int read;
        do {
            read = unread.get();
            for (int i = 0; i < read; i++) {
                Objects.requireNonNull(messages.poll()).run();
            }
            afterwards.run();
        } while (unread.addAndGet(-read) != 0);
    }
}
