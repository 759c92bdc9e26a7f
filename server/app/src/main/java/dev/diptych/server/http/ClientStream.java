// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.http;

import dev.diptych.server.jobs.JobEvent;
import dev.diptych.server.jobs.Subscription;

import io.vertx.core.Context;

import org.jspecify.annotations.Nullable;

import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.Map;

/// What waits for one client that follows jobs. What it missed is taken from the store page by page, each once the client has read the one before.
/// Events of jobs wait in order, of progress only the newest of each node, of previews only the newest of each job; so what waits is bounded, and a
/// client that reads slowly costs nobody anything. One that does not read at all is cut off, and may come back with `since`.
final class ClientStream {
    private static final int MOST_WAITING = 2000;

    private final Context loop;
    private final Sink sink;
    private final ArrayDeque<JobEvent> events = new ArrayDeque<>();
    private final Map<String, JobEvent> newest = new LinkedHashMap<>();
    private final ArrayDeque<Subscription> behind = new ArrayDeque<>();
    private boolean isReplaying;
    private boolean isScheduled;
    private boolean isClosed;

    /// Where a client's frames go; called on its event loop.
    interface Sink {
        boolean isFull();

        void write(JobEvent event);

        /// The client did not read.
        void overflow();

        /// What the client missed could not be read.
        void failed(RuntimeException failure);
    }

    ClientStream(Context loop, Sink sink) {
        this.loop = loop;
        this.sink = sink;
    }

    /// Takes along what a subscription to this has missed. From any thread; never blocks.
    void follow(Subscription subscription) {
        synchronized (this) {
            behind.add(subscription);
        }
        loop.runOnContext(_ -> drain());
    }

    /// From any thread; never blocks.
    void add(JobEvent event) {
        boolean isOverflow = false;
        synchronized (this) {
            if (isClosed) {
                return;
            }
            switch (event) {
                case JobEvent.Progress progress -> newest.put(progress.job() + "\n" + progress.node(), event);
                case JobEvent.Preview preview -> newest.put(preview.job(), event);
                case JobEvent.Stored _, JobEvent.Reset _ -> {
                    events.add(event);
                    isOverflow = events.size() > MOST_WAITING;
                }
            }
            if (isOverflow) {
                isClosed = true;
            } else if (isScheduled) {
                return;
            }
            isScheduled = true;
        }
        boolean isTooMuch = isOverflow;
        loop.runOnContext(_ -> {
            if (isTooMuch) {
                cutOff();
            } else {
                drain();
            }
        });
    }

    /// On the event loop: writes what there is room for.
    void drain() {
        synchronized (this) {
            isScheduled = false;
        }
        for (JobEvent event = next(); event != null; event = next()) {
            sink.write(event);
        }
        Subscription missing = nextBehind();
        if (missing != null) {
            Thread.ofVirtual().name("replay").start(() -> replay(missing));
        }
    }

    /// One page at a time, and only when all that waited has gone.
    private synchronized @Nullable Subscription nextBehind() {
        if (isClosed || isReplaying || !events.isEmpty() || sink.isFull()) {
            return null;
        }
        Subscription next = behind.poll();
        isReplaying = next != null;
        return next;
    }

    private void replay(Subscription subscription) {
        boolean hasMore = false;
        try {
            hasMore = subscription.next();
        } catch (RuntimeException e) {
            loop.runOnContext(_ -> sink.failed(e));
        }
        synchronized (this) {
            isReplaying = false;
            if (hasMore && !isClosed) {
                behind.add(subscription);
            }
        }
        loop.runOnContext(_ -> drain());
    }

    private synchronized @Nullable JobEvent next() {
        if (isClosed || sink.isFull()) {
            return null;
        }
        JobEvent event = events.poll();
        if (event != null) {
            return event;
        }
        var entries = newest.entrySet().iterator();
        if (!entries.hasNext()) {
            return null;
        }
        JobEvent first = entries.next().getValue();
        entries.remove();
        return first;
    }

    /// On the event loop: the client does not read, or is not there any more.
    void cutOff() {
        close();
        sink.overflow();
    }

    synchronized void close() {
        isClosed = true;
        behind.clear();
        events.clear();
        newest.clear();
    }
}
