// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.worker.link;

import org.jspecify.annotations.Nullable;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;

/// The link between a server and a worker of the same process: two queues, each emptied by a virtual thread in order.
public final class InMemoryLink {
    private final AtomicBoolean isClosed = new AtomicBoolean();
    private final Direction<ToServer> toServer = new Direction<>("to server");
    private final Direction<ToWorker> toWorker = new Direction<>("to worker");

    private InMemoryLink() {}

    /// Connects two ends; each is made with the link it sends on.
    public static void connect(
            Function<WorkerLink<ToWorker>, WorkerLink.Receiver<ToServer>> server,
            Function<WorkerLink<ToServer>, WorkerLink.Receiver<ToWorker>> worker) {
        InMemoryLink link = new InMemoryLink();
        link.toServer.begin(server.apply(link.new End<>(link.toWorker)));
        link.toWorker.begin(worker.apply(link.new End<>(link.toServer)));
    }

    private final class End<M> implements WorkerLink<M> {
        private final Direction<M> direction;

        private End(Direction<M> direction) {
            this.direction = direction;
        }

        @Override
        public void send(M message) {
            if (!isClosed.get()) {
                direction.add(receiver -> receiver.received(message));
            }
        }

        @Override
        public void close(String reason) {
            if (isClosed.compareAndSet(false, true)) {
                toServer.end(reason);
                toWorker.end(reason);
            }
        }
    }

    /// Messages that wait until their receiver is known, and then for their turn.
    private static final class Direction<M> {
        private final Queue<Delivery<M>> waiting = new ArrayDeque<>();
        private final String name;
        private boolean isEnded;

        private Direction(String name) {
            this.name = name;
        }

        private synchronized void add(Delivery<M> delivery) {
            if (!isEnded) {
                waiting.add(delivery);
                notifyAll();
            }
        }

        private synchronized void end(String reason) {
            add(receiver -> receiver.closed(reason));
            isEnded = true;
        }

        private void begin(WorkerLink.Receiver<M> receiver) {
            Thread.ofVirtual()
                    .name("worker link, " + name)
                    .start(() -> {
                        try {
                            for (Delivery<M> next = take(); next != null; next = take()) {
                                next.to(receiver);
                            }
                        } catch (InterruptedException _) {
                            Thread.currentThread().interrupt();
                        }
                    });
        }

        private synchronized @Nullable Delivery<M> take() throws InterruptedException {
            while (waiting.isEmpty() && !isEnded) {
                wait();
            }
            return waiting.poll();
        }
    }

    private interface Delivery<M> {
        void to(WorkerLink.Receiver<M> receiver);
    }
}
