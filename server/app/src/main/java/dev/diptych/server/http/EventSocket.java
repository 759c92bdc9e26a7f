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

import io.vertx.core.Context;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.ext.web.RoutingContext;

import org.jspecify.annotations.Nullable;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/// A client that follows jobs over a WebSocket. It sends `{"subscribe": job, "since": n}` and `{"unsubscribe": job}`; one that
/// could not set a header (a page in a browser) sends `{"token": …}` first.
final class EventSocket {
    private static final int MOST_SUBSCRIPTIONS = 1000;
    private static final short TRY_AGAIN_LATER = 1013;
    private static final short POLICY_VIOLATION = 1008;

    private final JobService jobs;
    private final Gate gate;
    private final ServerWebSocket socket;
    private final ClientStream stream;
    private final Map<String, Subscription> subscriptions = new HashMap<>();
    private @Nullable Principal principal;
    private boolean isClosed;

    private EventSocket(
            JobService jobs,
            Gate gate,
            EventFrames frames,
            ServerWebSocket socket,
            Context loop,
            @Nullable Principal principal) {
        this.jobs = jobs;
        this.gate = gate;
        this.socket = socket;
        this.principal = principal;
        this.stream =
                new ClientStream(
                        loop,
                        new ClientStream.Sink() {
                            @Override
                            public boolean isFull() {
                                return socket.writeQueueFull();
                            }

                            @Override
                            public void write(JobEvent event) {
                                var _ =
                                        event instanceof JobEvent.Preview preview
                                                ? socket.writeBinaryMessage(frames.binary(preview))
                                                : socket.writeTextMessage(frames.text(event));
                            }

                            @Override
                            public void overflow() {
                                var _ =
                                        socket.close(
                                                TRY_AGAIN_LATER, "The client does not read; connect again with since.");
                            }

                            @Override
                            public void failed(RuntimeException failure) {
                                complain(HttpProblem.of(failure));
                            }
                        });
    }

    /// @param frames of the event loop
    static void accept(RoutingContext context, JobService jobs, Gate gate, EventFrames frames) {
        Principal principal = ApiRouter.known(context);
        context.request()
                .toWebSocket()
                .onSuccess(socket ->
                        new EventSocket(jobs, gate, frames, socket, context.vertx().getOrCreateContext(), principal)
                                .listen())
                .onFailure(_ ->
                        ApiRouter.send(
                                context, Answer.problem(HttpProblem.badRequest("This address is for WebSockets."))));
    }

    private void listen() {
        socket.textMessageHandler(text -> Thread.ofVirtual().start(() -> received(text)));
        socket.drainHandler(_ -> stream.drain());
        socket.exceptionHandler(_ -> {});
        socket.closeHandler(_ -> {
            stream.close();
            Thread.ofVirtual().start(this::unsubscribeAll);
        });
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
        Optional<Principal> known = gate.authenticate(token);
        if (known.isEmpty()) {
            var _ = socket.close(POLICY_VIOLATION, "The token is not known, or it is revoked.");
        }
        principal = known.orElse(null);
    }

    private void subscribe(String job, long since, Principal who) {
        if (isClosed) {
            return;
        }
        JobOperations.own(jobs, job, who);
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
        Subscription subscription = jobs.subscribe(job, since, stream::add);
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

    private synchronized void unsubscribeAll() {
        isClosed = true;
        subscriptions.values().forEach(Subscription::end);
        subscriptions.clear();
    }
}
