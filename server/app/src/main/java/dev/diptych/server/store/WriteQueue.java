// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.store;

import org.jspecify.annotations.Nullable;

import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/// The one writer: changes wait in a queue, and one thread makes all that wait in one transaction, so that they share a
/// disk sync. A change that fails is rolled back to its savepoint and fails alone. Futures complete after the commit, in
/// the order of the changes, on a thread of their own.
final class WriteQueue implements AutoCloseable {
    private static final Duration GROUPING = Duration.ofMillis(20);
    private static final int LARGEST_GROUP = 4096;

    private final Session session;
    private final ArrayDeque<Change<?>> waiting = new ArrayDeque<>();
    private final ExecutorService answers =
            Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().name("store-answers").factory());
    private final Thread writer = Thread.ofPlatform().daemon().name("store-writer").unstarted(this::write);
    private int waitingSynced;
    private boolean isClosed;
    private volatile long commits;
    private volatile boolean canWrite = true;

    WriteQueue(Session session) {
        this.session = session;
        writer.start();
    }

    /// @return completes after the commit; fails with [StoreException], or with what the change itself threw
    <T> CompletableFuture<T> submit(Durability durability, Transaction<T> transaction) {
        Change<T> change = new Change<>(durability, transaction, System.nanoTime());
        synchronized (waiting) {
            if (isClosed) {
                change.future.completeExceptionally(new StoreException("The store is closed.", null));
                return change.future;
            }
            waiting.add(change);
            waitingSynced += durability == Durability.SYNCED ? 1 : 0;
            waiting.notifyAll();
        }
        return change.future;
    }

    /// Whether the last transaction could be committed.
    boolean canWrite() {
        return canWrite;
    }

    long commits() {
        return commits;
    }

    /// What waits is still written.
    @Override
    public void close() {
        synchronized (waiting) {
            isClosed = true;
            waiting.notifyAll();
        }
        try {
            writer.join();
            answers.shutdown();
            session.close();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } catch (SQLException e) {
            throw new StoreException("Closing the store failed: " + e.getMessage(), e);
        }
    }

    private void write() {
        try {
            for (List<Change<?>> group = nextGroup(); !group.isEmpty(); group = nextGroup()) {
                commit(group);
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    /// Waits for a synced change, for the oldest grouped one to be due, or for the end; empty at the end.
    private List<Change<?>> nextGroup() throws InterruptedException {
        synchronized (waiting) {
            while (!isClosed && waitingSynced == 0 && waiting.size() < LARGEST_GROUP) {
                Change<?> oldest = waiting.peek();
                if (oldest == null) {
                    waiting.wait();
                    continue;
                }
                long left = oldest.arrived + GROUPING.toNanos() - System.nanoTime();
                if (left <= 0) {
                    break;
                }
                waiting.wait(left / 1_000_000, (int) (left % 1_000_000));
            }
            List<Change<?>> group = new ArrayList<>();
            while (!waiting.isEmpty() && group.size() < LARGEST_GROUP) {
                Change<?> change = waiting.remove();
                waitingSynced -= change.durability == Durability.SYNCED ? 1 : 0;
                group.add(change);
            }
            return group;
        }
    }

    private void commit(List<Change<?>> group) {
        try {
            session.execute("BEGIN IMMEDIATE");
            for (Change<?> change : group) {
                change.run(session);
            }
            session.execute("COMMIT");
            commits++;
            canWrite = true;
            answers.execute(() -> group.forEach(Change::answer));
        } catch (SQLException e) {
            canWrite = false;
            rollBack(e);
            StoreException failure = new StoreException("The store cannot write: " + e.getMessage(), e);
            answers.execute(() -> group.forEach(change -> change.future.completeExceptionally(failure)));
        }
    }

    private void rollBack(SQLException cause) {
        try {
            session.execute("ROLLBACK");
        } catch (SQLException e) {
            cause.addSuppressed(e);
        }
    }

    /// What one change does; it may be run by the writer thread only.
    interface Transaction<T> {
        T run(Session session) throws SQLException;
    }

    private static final class Change<T> {
        private final Durability durability;
        private final Transaction<T> transaction;
        private final long arrived;
        private final CompletableFuture<T> future = new CompletableFuture<>();
        private @Nullable T result;
        private @Nullable Throwable failure;

        private Change(Durability durability, Transaction<T> transaction, long arrived) {
            this.durability = durability;
            this.transaction = transaction;
            this.arrived = arrived;
        }

        private void run(Session session) throws SQLException {
            session.execute("SAVEPOINT one_change");
            try {
                result = transaction.run(session);
            } catch (SQLException e) {
                failure = new StoreException("The store refused a change: " + e.getMessage(), e);
                undo(session, e);
            } catch (RuntimeException e) {
                failure = e;
                session.execute("ROLLBACK TO one_change");
            }
            session.execute("RELEASE one_change");
        }

        /// Of some failures, a full disk among them, SQLite rolls the whole transaction back: then all of its changes fail of the same reason.
        private static void undo(Session session, SQLException cause) throws SQLException {
            try {
                session.execute("ROLLBACK TO one_change");
            } catch (SQLException e) {
                cause.addSuppressed(e);
                throw cause;
            }
        }

        @SuppressWarnings("NullAway") // a transaction that ran gave its result
        private void answer() {
            if (failure == null) {
                future.complete(result);
            } else {
                future.completeExceptionally(failure);
            }
        }
    }
}
