// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.http;

import dev.diptych.server.jobs.JobEvent;

import io.vertx.core.Context;

import org.jspecify.annotations.Nullable;

import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.Map;

/// What waits for one client that follows jobs. Events of jobs wait in order, of progress only the newest of each node, of
/// previews only the newest of each job; so what waits is bounded, and a client that reads slowly costs nobody anything. One
/// that does not read at all is cut off, and may come back with `since`.
final class ClientStream {
    private static final int MOST_WAITING = 2000;

    private final Context loop;
    private final Sink sink;
    private final ArrayDeque<JobEvent> events = new ArrayDeque<>();
    private final Map<String, JobEvent> newest = new LinkedHashMap<>();
    private boolean isScheduled;
    private boolean isClosed;

    /// Where a client's frames go; called on its event loop.
    interface Sink {
        boolean isFull();

        void write(JobEvent event);

        /// The client did not read.
        void overflow();
    }

    ClientStream(Context loop, Sink sink) {
        this.loop = loop;
        this.sink = sink;
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
                sink.overflow();
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

    synchronized void close() {
        isClosed = true;
        events.clear();
        newest.clear();
    }
}
