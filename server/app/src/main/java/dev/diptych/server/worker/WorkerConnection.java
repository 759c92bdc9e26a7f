// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.worker;

import dev.diptych.server.worker.link.SocketMessages;
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
    private Duration pause = FIRST_PAUSE; // event loop only
    private volatile boolean isClosed;

    /// @param server       for example `https://diptych.example/`
    /// @param trustsServer whether the server's certificate is taken as it is: on this very machine
    public WorkerConnection(URI server, boolean trustsServer) {
        boolean isSecure = server.getScheme().equals("https");
        this.client =
                vertx.createWebSocketClient(
                        new WebSocketClientOptions()
                                .setMaxFrameSize(SocketMessages.MAX_FRAME_BYTES)
                                .setTrustAll(trustsServer)
                                .setVerifyHost(!trustsServer));
        this.address =
                new WebSocketConnectOptions()
                        .setHost(server.getHost())
                        .setPort(server.getPort() >= 0 ? server.getPort() : isSecure ? 443 : 80)
                        .setSsl(isSecure)
                        .setURI("/api/v1/worker");
    }

    /// Called once.
    public void start(Worker worker) {
        vertx.runOnContext(_ -> connect(worker));
    }

    private void connect(Worker worker) {
        if (isClosed) {
            return;
        }
        client.connect(address)
                .onSuccess(socket ->
                        WebSocketLink.ofWorker(
                                socket,
                                vertx.getOrCreateContext(),
                                link -> new Reconnecting(worker, worker.connect(link))))
                .onFailure(failure -> {
                    LOG.info("The server does not answer ({}); trying again", failure.getMessage());
                    again(worker);
                });
    }

    private void again(Worker worker) {
        if (!isClosed) {
            vertx.setTimer(pause.toMillis(), _ -> connect(worker));
            Duration longer = pause.multipliedBy(2);
            pause = longer.compareTo(LONGEST_PAUSE) < 0 ? longer : LONGEST_PAUSE;
        }
    }

    /// Passes everything on, and connects again at the end.
    private final class Reconnecting implements WorkerLink.Receiver<ToWorker> {
        private final Worker worker;
        private final WorkerLink.Receiver<ToWorker> receiver;

        private Reconnecting(Worker worker, WorkerLink.Receiver<ToWorker> receiver) {
            this.worker = worker;
            this.receiver = receiver;
        }

        @Override
        public void received(ToWorker message) {
            if (message instanceof ToWorker.Welcome) {
                vertx.runOnContext(_ -> pause = FIRST_PAUSE);
            }
            receiver.received(message);
        }

        @Override
        public void closed(String reason) {
            receiver.closed(reason);
            LOG.info("The connection to the server ended: {}", reason);
            vertx.runOnContext(_ -> again(worker));
        }
    }

    @Override
    public void close() {
        isClosed = true;
        var _ = vertx.close();
    }
}
