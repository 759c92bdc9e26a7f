// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.worker.link;

import org.jspecify.annotations.Nullable;

import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.Map;

/// What waits to be sent: control messages and records in order, then the newest progress of each node, then the newest
/// preview of each job. Of what has ended nothing waits any more. Thread-safe.
final class Outbox<M> {
    private final ArrayDeque<M> control = new ArrayDeque<>();
    private final Map<String, M> progress = new LinkedHashMap<>();
    private final Map<String, M> previews = new LinkedHashMap<>();

    synchronized void add(M message) {
        switch (message) {
            case ToServer.Progress one -> progress.put(one.holding().job() + "\n" + one.node(), message);
            case ToServer.Preview one -> previews.put(one.holding().job(), message);
            case ToServer.NodeEnded(Holding holding, long _, NodeReport report) -> {
                progress.remove(holding.job() + "\n" + report.node());
                previews.computeIfPresent(
                        holding.job(),
                        (_, waiting) -> ((ToServer.Preview) waiting).node().equals(report.node()) ? null : waiting);
                control.add(message);
            }
            default -> control.add(message);
        }
    }

    /// Whether a message may be left out for a newer one.
    static boolean mayWait(Object message) {
        return message instanceof ToServer.Progress || message instanceof ToServer.Preview;
    }

    /// The next message that is not to be held back, or null.
    synchronized @Nullable M nextControl() {
        return control.poll();
    }

    /// The next message whatever it is, or null.
    synchronized @Nullable M next() {
        M message = control.poll();
        if (message == null) {
            message = first(progress);
        }
        return message == null ? first(previews) : message;
    }

    private static <M> @Nullable M first(Map<String, M> messages) {
        var entries = messages.entrySet().iterator();
        if (!entries.hasNext()) {
            return null;
        }
        M message = entries.next().getValue();
        entries.remove();
        return message;
    }
}
