// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.http;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.WebSocketBase;

import java.time.Duration;

/// Pings a client, so that a quiet connection is not taken for a dead one, by this server or by anything in between; and notices when the client does
/// not answer any more. Lives on the event loop of its socket.
final class SocketPulse {
    private static final int PINGS = 3;

    private final Vertx vertx;
    private final long timer;
    private int unanswered;

    /// @param patience after which a client that does not answer is lost
    /// @param lost     called then, once
    SocketPulse(Vertx vertx, WebSocketBase socket, Duration patience, Runnable lost) {
        this.vertx = vertx;
        socket.pongHandler(_ -> unanswered = 0);
        timer =
                vertx.setPeriodic(
                        patience.dividedBy(PINGS).toMillis(),
                        _ -> {
                            if (++unanswered < PINGS) {
                                var _ = socket.writePing(Buffer.buffer());
                            } else {
                                stop();
                                lost.run();
                            }
                        });
    }

    void stop() {
        vertx.cancelTimer(timer);
    }
}
