// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.worker;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/// Keeps the server's own worker alive: starts its process, starts another when it died and there is something to do, with
/// growing pauses if it dies young, and kills one that the server has given up. Thread-safe.
public final class WorkerSupervisor implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(WorkerSupervisor.class);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);
    private static final Duration GROWN_UP = Duration.ofSeconds(20);
    private static final Duration CONNECTING = Duration.ofSeconds(60);
    private static final Duration DISCONNECTED = Duration.ofSeconds(5);
    private static final long LOOK_MILLISECONDS = 500;

    private final Server server;
    private final LongSupplier queued;
    private final Supplier<Set<String>> connected;
    private final Thread thread = Thread.ofPlatform().daemon().name("worker-supervisor").unstarted(this::supervise);
    private boolean isWanted = true; // the first one, so that it is ready when the first job comes
    private boolean isClosed;
    private @Nullable Process process;
    private int started;

    /// What the supervisor needs of the server.
    public interface Server {
        /// The command line of a worker of this name. It gets its secret as the first line of its standard input, which stays
        /// open as long as the server lives.
        List<String> command(String worker);

        String secret();

        /// The process ended.
        ///
        /// @param isOrderly false if it died
        void ended(String worker, boolean isOrderly);
    }

    /// @param queued    how many jobs wait
    /// @param connected names of the workers that are connected
    public WorkerSupervisor(Server server, LongSupplier queued, Supplier<Set<String>> connected) {
        this.server = server;
        this.queued = queued;
        this.connected = connected;
    }

    public void start() {
        thread.start();
    }

    /// A job waits. Never blocks.
    public synchronized void wanted() {
        isWanted = true;
        notifyAll();
    }

    /// The worker's process, or null while there is none.
    public synchronized @Nullable ProcessHandle process() {
        return process == null ? null : process.toHandle();
    }

    private void supervise() {
        Duration pause = FIRST_PAUSE;
        try {
            while (awaitWork()) {
                long began = System.nanoTime();
                String name = "local-" + ProcessHandle.current().pid() + "-" + ++started;
                boolean isOrderly = runOnce(name);
                server.ended(name, isOrderly);
                boolean isYoung = System.nanoTime() - began < GROWN_UP.toNanos();
                pause = isOrderly || !isYoung ? FIRST_PAUSE : min(pause.multipliedBy(2), LONGEST_PAUSE);
                if (!isOrderly) {
                    LOG.warn(
                            "The worker ended; another is started in {} ms if there is something to do",
                            pause.toMillis());
                }
                Thread.sleep(pause);
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private static Duration min(Duration a, Duration b) {
        return a.compareTo(b) < 0 ? a : b;
    }

    private synchronized boolean awaitWork() throws InterruptedException {
        while (!isClosed && !isWanted && queued.getAsLong() == 0) {
            wait(LOOK_MILLISECONDS);
        }
        isWanted = false;
        return !isClosed;
    }

    /// @return whether it ended because it was asked to
    private boolean runOnce(String name) throws InterruptedException {
        Process child;
        try {
            child = launch(name);
        } catch (IOException e) {
            LOG.error("The worker cannot be started: {}", e.getMessage());
            return false;
        }
        long disconnectedSince = System.nanoTime();
        boolean wasConnected = false;
        while (!child.waitFor(LOOK_MILLISECONDS, TimeUnit.MILLISECONDS)) {
            if (connected.get().contains(name)) {
                disconnectedSince = System.nanoTime();
                wasConnected = true;
            } else if (System.nanoTime() - disconnectedSince > (wasConnected ? DISCONNECTED : CONNECTING).toNanos()) {
                LOG.warn("The worker {} is not connected any more and is killed", name);
                child.destroyForcibly();
            }
        }
        synchronized (this) {
            process = null;
            return isClosed || child.exitValue() == 0;
        }
    }

    private synchronized Process launch(String name) throws IOException {
        if (isClosed) {
            throw new IOException("the server is stopping");
        }
        ProcessBuilder builder = new ProcessBuilder(server.command(name));
        builder.redirectOutput(ProcessBuilder.Redirect.DISCARD).redirectError(ProcessBuilder.Redirect.INHERIT);
        Process child = builder.start();
        process = child;
        OutputStream in = child.getOutputStream();
        try {
            in.write((server.secret() + "\n").getBytes(StandardCharsets.UTF_8));
            in.flush(); // and it stays open: its end tells the worker that this process is gone
        } catch (IOException e) {
            LOG.debug("The worker ended before it was told its secret");
        }
        return child;
    }

    /// Ends the worker.
    @Override
    public void close() {
        Process child;
        synchronized (this) {
            isClosed = true;
            child = process;
            notifyAll();
        }
        if (child != null) {
            child.destroyForcibly();
        }
        if (thread.getState() == Thread.State.NEW) {
            return; // never started
        }
        try {
            thread.join(Duration.ofSeconds(5));
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
