// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.http;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;

import dev.diptych.engine.document.DocumentException;
import dev.diptych.server.jobs.JobEvent;
import dev.diptych.server.jobs.JobService;
import dev.diptych.server.jobs.Subscription;
import dev.diptych.server.security.Gate;
import dev.diptych.server.security.Principal;
import dev.diptych.server.security.Scope;
import dev.diptych.server.worker.link.SocketMessages;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.ext.web.RoutingContext;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/// A client that follows jobs over a WebSocket. It sends `{"subscribe": job, "since": n}` and `{"unsubscribe": job}`; one that
/// could not set a header (a page in a browser) sends `{"token": …}` first. The connection ends with the token.
final class EventSocket {
    private static final int MOST_SUBSCRIPTIONS = 1000;
    private static final short TRY_AGAIN_LATER = 1013;
    private static final short POLICY_VIOLATION = 1008;

    private final Surroundings around;
    private final ServerWebSocket socket;
    private final Context loop;
    private final ClientStream stream;
    private final Map<String, Subscription> subscriptions = new HashMap<>();
    private @Nullable Principal principal;
    private Runnable unwatch = () -> {};
    private Runnable settled = () -> {};
    private boolean isClosed;
    private boolean isHeldBack; // event loop only

    /// What all event sockets share.
    ///
    /// @param frames   of the event loop
    /// @param patience with a client that does not answer
    record Surroundings(JobService jobs, Gate gate, EventFrames frames, Newcomers newcomers, Duration patience) {}

    private EventSocket(Surroundings around, ServerWebSocket socket, Context loop) {
        this.around = around;
        this.socket = socket;
        this.loop = loop;
        this.stream = new ClientStream(loop, new Frames());
    }

    /// What the client is sent.
    private final class Frames implements ClientStream.Sink {
        @Override
        public boolean isFull() {
            return isUnread();
        }

        @Override
        public void write(JobEvent event) {
            var _ =
                    event instanceof JobEvent.Preview preview
                            ? socket.writeBinaryMessage(around.frames().binary(preview))
                            : socket.writeTextMessage(around.frames().text(event));
        }

        @Override
        public void overflow() {
            var _ = socket.close(TRY_AGAIN_LATER, "The client does not read; connect again with since.");
        }

        @Override
        public void failed(RuntimeException failure) {
            complain(HttpProblem.of(failure));
        }
    }

    static void accept(RoutingContext context, Surroundings around) {
        Principal known = ApiRouter.known(context);
        SocketUpgrade.accept(
                context,
                socket ->
                        new EventSocket(around, socket, context.vertx().getOrCreateContext())
                                .listen(context.vertx(), known));
    }

    private void listen(Vertx vertx, @Nullable Principal known) {
        SocketPulse pulse = new SocketPulse(vertx, socket, around.patience(), stream::cutOff);
        var _ = new SocketMessages(socket, ClientMessage.MAX_BYTES, this::take, _ -> {});
        socket.drainHandler(_ -> {
            if (isHeldBack) {
                takeNext();
            }
            stream.drain();
        });
        socket.closeHandler(_ -> {
            pulse.stop();
            stream.close();
            Thread.ofVirtual().start(this::end);
        });
        if (known == null) {
            settled = around.newcomers().add(socket);
        } else {
            admit(known);
        }
    }

    /// On the event loop: each message is dealt with before the next is taken in.
    private void take(String text) {
        socket.pause();
        Thread.ofVirtual()
                .start(() -> {
                    received(text);
                    loop.runOnContext(_ -> takeNext());
                });
    }

    /// On the event loop. Whoever does not read the answers is not asked for more, so these do not pile up.
    private void takeNext() {
        isHeldBack = isUnread();
        if (!isHeldBack) {
            socket.resume();
        }
    }

    /// Whether what was written waits for the client to read.
    private boolean isUnread() {
        return !socket.isClosed() && socket.writeQueueFull();
    }

    private synchronized void received(String text) {
        Principal who = principal;
        boolean mayRead = who != null && who.may(Scope.READ);
        try {
            ClientMessage message = ClientMessage.read(text);
            if (message instanceof ClientMessage.LogIn(String token)) {
                logIn(token);
            } else if (who == null || !mayRead) {
                closeUnknown();
            } else if (message instanceof ClientMessage.Subscribe(String job, long since)) {
                subscribe(job, since, who);
            } else if (message instanceof ClientMessage.Unsubscribe(String job)) {
                Subscription ended = subscriptions.remove(job);
                if (ended != null) {
                    ended.end();
                }
            }
        } catch (DocumentException e) {
            if (mayRead) {
                complain("server/bad-message", String.valueOf(e.getMessage()));
            } else {
                closeUnknown();
            }
        } catch (RuntimeException e) {
            complain(HttpProblem.of(e));
        }
    }

    private void closeUnknown() {
        var _ = socket.close(POLICY_VIOLATION, "A token is needed: send {\"token\": …} first.");
    }

    private void logIn(String token) {
        Optional<Principal> known = around.gate().authenticate(token);
        principal = null;
        if (known.isEmpty()) {
            var _ = socket.close(POLICY_VIOLATION, "The token is not known, or it is revoked.");
        } else {
            admit(known.get());
        }
    }

    private synchronized void admit(Principal who) {
        if (isClosed) {
            return;
        }
        principal = who;
        settled.run();
        unwatch.run();
        unwatch = around.gate().whenRevoked(who, () -> revoked(who));
    }

    private void revoked(Principal who) {
        stream.close();
        var _ =
                socket.close(
                        POLICY_VIOLATION,
                        who.token() == null ? "A token is needed by now; connect with one." : "The token is revoked.");
        Thread.ofVirtual().start(this::end);
    }

    private void subscribe(String job, long since, Principal who) {
        if (isClosed) {
            return;
        }
        JobOperations.own(around.jobs(), job, who);
        if (subscriptions.size() >= MOST_SUBSCRIPTIONS && !subscriptions.containsKey(job)) {
            complain(
                    "server/too-many-subscriptions",
                    "At most " + MOST_SUBSCRIPTIONS + " jobs can be followed at once.");
            return;
        }
        Subscription before = subscriptions.remove(job);
        if (before != null) {
            before.end();
        }
        Subscription subscription = around.jobs().subscribe(job, since, stream::add);
        subscriptions.put(job, subscription);
        stream.follow(subscription);
    }

    private void complain(HttpProblem problem) {
        complain(problem.document().path("code").asText(), String.valueOf(problem.getMessage()));
    }

    private void complain(String code, String message) {
        var _ =
                socket.writeTextMessage(
                        JsonNodeFactory.instance
                                .objectNode()
                                .put("kind", "error")
                                .put("code", code)
                                .put("message", message)
                                .toString());
    }

    private synchronized void end() {
        isClosed = true;
        settled.run();
        unwatch.run();
        subscriptions.values().forEach(Subscription::end);
        subscriptions.clear();
    }
}
