// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.device;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;

/// Who holds how much of a device's memory. Reservations are given in the order in which they were asked for, whole or not at all, and fill at most half.
/// Thread-safe.
final class MemoryBudget {
    private final long total;
    private final Deque<Reservation> waiting = new ArrayDeque<>();
    private long weights;
    private long inputs;
    private long reserved;

    MemoryBudget(long total) {
        this.total = total;
    }

    /// Bytes that only their holder may use.
    final class Reservation implements AutoCloseable {
        private final long bytes;
        private final CompletableFuture<Reservation> granted = new CompletableFuture<>();
        private boolean isHeld;
        private boolean isClosed;

        private Reservation(long bytes) {
            this.bytes = bytes;
        }

        long bytes() {
            return bytes;
        }

        /// Completed when it is held.
        CompletableFuture<Reservation> granted() {
            return granted;
        }

        /// Gives it back, or stops waiting for it.
        @Override
        public void close() {
            synchronized (MemoryBudget.this) {
                if (isClosed) {
                    return;
                }
                isClosed = true;
                if (isHeld) {
                    reserved -= bytes;
                } else {
                    waiting.remove(this);
                }
            }
            grant();
        }
    }

    long total() {
        return total;
    }

    long mostReserved() {
        return total / 2;
    }

    /// @param bytes at most [#mostReserved]
    Reservation reserve(long bytes) {
        Reservation reservation = new Reservation(bytes);
        synchronized (this) {
            waiting.add(reservation);
        }
        grant();
        return reservation;
    }

    private void grant() {
        Deque<Reservation> next = new ArrayDeque<>();
        synchronized (this) {
            while (!waiting.isEmpty() && reserved + waiting.element().bytes <= mostReserved()) {
                Reservation first = waiting.remove();
                first.isHeld = true;
                reserved += first.bytes;
                next.add(first);
            }
        }
        next.forEach(reservation -> reservation.granted.complete(reservation));
    }

    synchronized void addWeights(long bytes) {
        weights += bytes;
    }

    synchronized void addInputs(long bytes) {
        inputs += bytes;
    }

    /// What nobody holds; below 0 if more is held than there should be.
    synchronized long free() {
        return total - weights - inputs - reserved;
    }

    /// What is not reserved.
    synchronized long unreserved() {
        return total - reserved;
    }

    synchronized Use use() {
        return new Use(total, weights, inputs, reserved);
    }

    /// @param weights  of resident networks
    /// @param inputs   that are kept for the next call
    /// @param reserved for values that stay between calls
    record Use(long total, long weights, long inputs, long reserved) {}
}
