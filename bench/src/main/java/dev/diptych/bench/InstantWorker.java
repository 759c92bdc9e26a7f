// SPDX-License-Identifier: Apache-2.0

package dev.diptych.bench;

import dev.diptych.server.DiptychServer;
import dev.diptych.server.worker.link.Holding;
import dev.diptych.server.worker.link.InMemoryLink;
import dev.diptych.server.worker.link.Outcome;
import dev.diptych.server.worker.link.ToServer;
import dev.diptych.server.worker.link.ToWorker;
import dev.diptych.server.worker.link.WorkerLink;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;

/// A worker that takes no time: what jobs cost is then the server's own.
final class InstantWorker implements WorkerLink.Receiver<ToWorker> {
    private static final int SLOTS = 32;

    private final WorkerLink<ToServer> link;
    private final BlockingQueue<Holding> held = new LinkedBlockingQueue<>();
    private final AtomicInteger finished = new AtomicInteger();
    private volatile boolean isHolding;
    private volatile boolean isClosed;
    private volatile @Nullable Holding working;
    private long lastId;

    private InstantWorker(WorkerLink<ToServer> link, Set<String> plugins) {
        this.link = link;
        link.send(new ToServer.Hello("instant", "bench", List.copyOf(plugins), SLOTS, List.of(), List.of()));
    }

    /// @param plugins digests that jobs need
    static InstantWorker connect(DiptychServer server, Set<String> plugins) {
        InstantWorker[] made = new InstantWorker[1];
        InMemoryLink.connect(
                link -> server.jobs().connect(link, "bench"::equals),
                link -> {
                    made[0] = new InstantWorker(link, plugins);
                    return made[0];
                });
        Thread.ofVirtual()
                .name("heartbeat")
                .start(() -> {
                    while (!made[0].isClosed) {
                        made[0].beat();
                    }
                });
        return made[0];
    }

    private void beat() {
        Holding own = working;
        link.send(new ToServer.Heartbeat(own == null ? List.of() : List.of(own), List.of(), List.of()));
        try {
            Thread.sleep(5000);
        } catch (InterruptedException _) {
            isClosed = true;
        }
    }

    /// From now on jobs are held instead of finished.
    void hold() {
        isHolding = true;
    }

    /// Waits for a job that is held.
    Holding held() throws InterruptedException {
        Holding job = held.take();
        working = job;
        return job;
    }

    void tell(ToServer message) {
        link.send(message);
    }

    int finished() {
        return finished.get();
    }

    @Override
    public void received(ToWorker message) {
        switch (message) {
            case ToWorker.Welcome _ -> link.send(new ToServer.Claim(SLOTS));
            case ToWorker.Assign assign -> {
                if (isHolding) {
                    held.add(assign.holding());
                    link.send(new ToServer.Claim(SLOTS / 2));
                } else {
                    link.send(
                            new ToServer.Finished(
                                    assign.holding(), ++lastId, new Outcome(Outcome.Status.SUCCEEDED, "{}", null)));
                }
            }
            case ToWorker.Ack _ -> {
                finished.incrementAndGet();
                link.send(new ToServer.Claim(1));
            }
            default -> {}
        }
    }

    @Override
    public void closed(String reason) {
        isClosed = true;
    }
}
