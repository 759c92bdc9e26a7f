// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.worker;

import dev.diptych.server.worker.link.ToWorker;
import dev.diptych.server.worker.link.WebSocketLink;
import dev.diptych.server.worker.link.WorkerLink;

import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketClientOptions;
import io.vertx.core.http.WebSocketConnectOptions;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.net.URI;
import java.time.Duration;

/// Keeps a worker connected to its server: connects again whenever the connection ends, with growing pauses.
public final class WorkerConnection implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(WorkerConnection.class);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(200);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(10);

    private final Vertx vertx =
            Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1).setWorkerPoolSize(1).setInternalBlockingPoolSize(1));
    private final WebSocketClient client;
    private final WebSocketConnectOptions address;
    private final Worker worker;
    private Duration pause = FIRST_PAUSE; // event loop only
    private volatile boolean isClosed;

    /// @param server       for example `https://diptych.example/`
    /// @param trustsServer whether the server's certificate is taken as it is: on this very machine
    public WorkerConnection(Worker worker, URI server, boolean trustsServer) {
        boolean isSecure = server.getScheme().equals("https");
        this.worker = worker;
        this.client =
                vertx.createWebSocketClient(
                        new WebSocketClientOptions()
                                .setMaxFrameSize(1 << 20)
                                .setMaxMessageSize(WebSocketLink.MAX_MESSAGE_BYTES)
                                .setTrustAll(trustsServer)
                                .setVerifyHost(!trustsServer));
        this.address =
                new WebSocketConnectOptions()
                        .setHost(server.getHost())
                        .setPort(server.getPort() >= 0 ? server.getPort() : isSecure ? 443 : 80)
                        .setSsl(isSecure)
                        .setURI("/api/v1/worker");
    }

    public void start() {
        vertx.runOnContext(_ -> connect());
    }

    private void connect() {
        if (isClosed) {
            return;
        }
        client.connect(address)
                .onSuccess(socket ->
                        WebSocketLink.ofWorker(
                                socket, vertx.getOrCreateContext(), link -> new Reconnecting(worker.connect(link))))
                .onFailure(failure -> {
                    LOG.info("The server does not answer ({}); trying again", failure.getMessage());
                    again();
                });
    }

    private void again() {
        if (!isClosed) {
            vertx.setTimer(pause.toMillis(), _ -> connect());
            Duration longer = pause.multipliedBy(2);
            pause = longer.compareTo(LONGEST_PAUSE) < 0 ? longer : LONGEST_PAUSE;
        }
    }

    /// Passes everything on, and connects again at the end.
    private final class Reconnecting implements WorkerLink.Receiver<ToWorker> {
        private final WorkerLink.Receiver<ToWorker> worker;

        private Reconnecting(WorkerLink.Receiver<ToWorker> worker) {
            this.worker = worker;
        }

        @Override
        public void received(ToWorker message) {
            if (message instanceof ToWorker.Welcome) {
                vertx.runOnContext(_ -> pause = FIRST_PAUSE);
            }
            worker.received(message);
        }

        @Override
        public void closed(String reason) {
            worker.closed(reason);
            LOG.info("The connection to the server ended: {}", reason);
            vertx.runOnContext(_ -> again());
        }
    }

    @Override
    public void close() {
        isClosed = true;
        var _ = vertx.close();
    }
}
