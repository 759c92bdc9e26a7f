// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.http;

import io.vertx.core.http.WebSocketBase;

import java.util.LinkedHashSet;
import java.util.Set;

/// WebSockets of whom nobody knows yet who they are. There are only so many: the one that has waited longest gives way to the next. Whoever has a
/// secret tells it at once, so a crowd of strangers keeps nobody out.
final class Newcomers {
    private static final short TRY_AGAIN_LATER = 1013;

    private final int most;
    private final Set<WebSocketBase> waiting = new LinkedHashSet<>();

    /// @param most that may wait at once
    Newcomers(int most) {
        this.most = most;
    }

    /// @return to be called when the socket's owner is known, or it has closed
    Runnable add(WebSocketBase socket) {
        WebSocketBase longest = null;
        synchronized (waiting) {
            waiting.add(socket);
            if (waiting.size() > most) {
                longest = waiting.iterator().next();
                waiting.remove(longest);
            }
        }
        if (longest != null) {
            var _ = longest.close(TRY_AGAIN_LATER, "Too many connections have not said who they are.");
        }
        return () -> {
            synchronized (waiting) {
                waiting.remove(socket);
            }
        };
    }
}
