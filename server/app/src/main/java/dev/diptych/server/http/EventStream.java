// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.http;

import dev.diptych.server.jobs.JobEvent;
import dev.diptych.server.jobs.JobService;
import dev.diptych.server.jobs.Subscription;
import dev.diptych.server.security.Gate;
import dev.diptych.server.security.Principal;

import io.vertx.core.Context;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;

/// A client that follows one job by server-sent events. Ends after the job's final state, and with the client's token; previews are left out, since they
/// are bytes.
final class EventStream {
    private static final int HEARTBEATS = 5;

    private final HttpServerResponse response;
    private final Context loop;
    private final long lastKnown;
    private final ClientStream stream;
    private final AtomicBoolean isEnded = new AtomicBoolean();
    private volatile @Nullable Subscription subscription;
    private volatile Runnable unwatch = () -> {};

    /// @param lastKnown number of the last event at the beginning: a final state before it was followed by a retry
    private EventStream(HttpServerResponse response, Context loop, EventFrames frames, long lastKnown) {
        this.response = response;
        this.loop = loop;
        this.lastKnown = lastKnown;
        this.stream =
                new ClientStream(
                        loop,
                        new ClientStream.Sink() {
                            @Override
                            public boolean isFull() {
                                return response.writeQueueFull();
                            }

                            @Override
                            public void write(JobEvent event) {
                                EventStream.this.write(event, frames);
                            }

                            @Override
                            public void overflow() {
                                response.reset();
                            }

                            @Override
                            public void failed(RuntimeException failure) {
                                HttpProblem.of(failure); // for the log
                                response.reset();
                            }
                        });
    }

    /// @param patience with a client that does not read
    static void accept(
            RoutingContext context,
            Principal principal,
            JobService jobs,
            Gate gate,
            EventFrames frames,
            Duration patience) {
        String job = context.pathParam("id");
        String last = context.request().getHeader("Last-Event-ID");
        String since = last == null ? context.request().getParam("since") : last;
        Context loop = context.vertx().getOrCreateContext();
        Thread.ofVirtual()
                .name("http")
                .start(() -> {
                    try {
                        boolean hasEnded = JobOperations.own(jobs, job, principal).state().isFinal();
                        long from = since == null ? 0 : number(since);
                        long lastKnown = jobs.lastSequence(job);
                        if (hasEnded && from == lastKnown) { // a browser comes back after every end; this stops it
                            loop.runOnContext(_ -> ApiRouter.send(context, Answer.empty(204)));
                            return;
                        }
                        loop.runOnContext(_ -> {
                            EventStream events = new EventStream(context.response(), loop, frames, lastKnown);
                            events.begin(context, patience);
                            Thread.ofVirtual().start(() -> events.follow(jobs, job, from, gate, principal));
                        });
                    } catch (RuntimeException e) {
                        loop.runOnContext(_ -> ApiRouter.send(context, Answer.problem(HttpProblem.of(e))));
                    }
                });
    }

    private static long number(String text) {
        try {
            return Math.max(0, Long.parseLong(text));
        } catch (NumberFormatException e) {
            throw HttpProblem.badRequest("since=" + Request.shown(text) + ": a whole number is needed.");
        }
    }

    private void begin(RoutingContext context, Duration patience) {
        response.setChunked(true)
                .putHeader("Content-Type", "text/event-stream")
                .putHeader("Cache-Control", "no-store")
                .putHeader("X-Accel-Buffering", "no");
        var _ = response.write("retry: 1000\n\n");
        response.drainHandler(_ -> stream.drain());
        long heartbeat =
                context.vertx()
                        .setPeriodic(
                                patience.dividedBy(HEARTBEATS).toMillis(), _ -> response.write(": still here\n\n"));
        context.addEndHandler(_ -> {
            context.vertx().cancelTimer(heartbeat);
            end();
        });
    }

    private void follow(JobService jobs, String job, long since, Gate gate, Principal principal) {
        unwatch = gate.whenRevoked(principal, () -> loop.runOnContext(_ -> finish()));
        Subscription begun = jobs.subscribe(job, since, stream::add);
        subscription = begun;
        if (isEnded.get()) {
            release();
        } else {
            stream.follow(begun);
        }
    }

    private void write(JobEvent event, EventFrames frames) {
        if (event instanceof JobEvent.Preview || isEnded.get()) {
            return;
        }
        StringBuilder text = new StringBuilder();
        if (event instanceof JobEvent.Stored stored) {
            text.append("id: ").append(stored.sequence()).append('\n');
        } else if (event instanceof JobEvent.Reset reset) {
            text.append("id: ").append(reset.snapshot().sequence()).append('\n');
        }
        text.append("data: ").append(frames.text(event)).append("\n\n");
        var _ = response.write(text.toString());
        boolean isFinal =
                (event instanceof JobEvent.Stored stored && stored.isFinal() && stored.sequence() >= lastKnown)
                        || (event instanceof JobEvent.Reset reset && reset.snapshot().job().state().isFinal());
        if (isFinal) {
            finish();
        }
    }

    /// On the event loop.
    private void finish() {
        if (!isEnded.get()) {
            end();
            var _ = response.end();
        }
    }

    private void end() {
        if (isEnded.compareAndSet(false, true)) {
            stream.close();
            Thread.ofVirtual().start(this::release);
        }
    }

    private void release() {
        unwatch.run();
        Subscription begun = subscription;
        if (begun != null) {
            begun.end();
        }
    }
}
