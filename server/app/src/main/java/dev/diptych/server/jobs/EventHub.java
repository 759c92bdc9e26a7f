// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.jobs;

import dev.diptych.server.store.EventRow;
import dev.diptych.server.store.EventStore;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Supplier;

/// Numbers the events of jobs and takes them to their followers in order. A number is reserved first, then published or
/// withdrawn; what comes after it waits for that. Events that are published before they are stored stay here until they
/// are, so that a new follower misses none.
final class EventHub {
    private static final long RESTART_GAP = 1_000_000;

    private final EventStore store;
    private final String firstJob;
    private final Consumer<Set<String>> watchedChanged;
    private final Map<String, Stream> streams = new HashMap<>();
    private final Set<String> resumed = new HashSet<>();

    /// @param firstJob       jobs with an earlier id are of an earlier run of the server, whose last numbers are unknown
    /// @param watchedChanged told the jobs that have followers, whenever these change
    EventHub(EventStore store, String firstJob, Consumer<Set<String>> watchedChanged) {
        this.store = store;
        this.firstJob = firstJob;
        this.watchedChanged = watchedChanged;
    }

    /// The next number of a job; it must be published or withdrawn.
    synchronized long reserve(String job) {
        Stream stream = stream(job);
        boolean isOfEarlierRun = job.compareTo(firstJob) < 0 && resumed.add(job);
        stream.last += isOfEarlierRun ? RESTART_GAP : 1;
        stream.reserved.put(stream.last, null);
        return stream.last;
    }

    /// Takes an event to the followers, once all before it are there.
    ///
    /// @param isStored false if [#stored] follows
    synchronized void publish(EventRow event, boolean isStored) {
        Stream stream = stream(event.job());
        JobEvent.Stored published = new JobEvent.Stored(event.job(), event.sequence(), event.kind(), event.body());
        stream.reserved.put(event.sequence(), published);
        if (!isStored) {
            stream.unstored.put(event.sequence(), published);
        }
        deliver(event.job(), stream);
    }

    synchronized void withdraw(String job, long number) {
        Stream stream = stream(job);
        stream.reserved.remove(number);
        stream.unstored.remove(number);
        deliver(job, stream);
    }

    synchronized void stored(String job, long number) {
        Stream stream = streams.get(job);
        if (stream != null) {
            stream.unstored.remove(number);
            forget(job, stream);
        }
    }

    /// Progress and previews: to whoever follows now.
    synchronized void pass(JobEvent event) {
        Stream stream = streams.get(event.job());
        if (stream != null) {
            for (Follower follower : List.copyOf(stream.followers)) {
                if (follower.waiting == null) {
                    follower.listener.accept(event);
                }
            }
        }
    }

    /// Replays what came after `since`, then goes on with what happens.
    ///
    /// @param since    the last number that the follower has; 0 for all
    /// @param snapshot what to begin with if there is no record of that number
    /// @return ends it
    Runnable subscribe(String job, long since, Consumer<JobEvent> listener, Supplier<JobDetails> snapshot) {
        Follower follower = new Follower(listener);
        Map<Long, JobEvent.Stored> known = new TreeMap<>();
        synchronized (this) {
            Stream stream = stream(job);
            stream.followers.add(follower);
            known.putAll(stream.unstored);
        }
        watchedChanged.accept(watched());
        for (EventRow row : store.from(job, Math.max(since, 0))) {
            known.put(row.sequence(), new JobEvent.Stored(job, row.sequence(), row.kind(), row.body()));
        }
        long after = since;
        if (since != 0 && !known.containsKey(since)) {
            JobDetails details = snapshot.get();
            after = details.sequence();
            listener.accept(new JobEvent.Reset(job, details));
        }
        synchronized (this) {
            for (JobEvent.Stored waiting : follower.goLive()) {
                known.put(waiting.sequence(), waiting);
            }
            for (JobEvent.Stored event : known.values()) {
                if (event.sequence() > after) {
                    listener.accept(event);
                }
            }
        }
        return () -> unsubscribe(job, follower);
    }

    private void unsubscribe(String job, Follower follower) {
        synchronized (this) {
            Stream stream = streams.get(job);
            if (stream == null || !stream.followers.remove(follower)) {
                return;
            }
            forget(job, stream);
        }
        watchedChanged.accept(watched());
    }

    /// The jobs that have followers.
    synchronized Set<String> watched() {
        Set<String> watched = new TreeSet<>();
        streams.forEach((job, stream) -> {
            if (!stream.followers.isEmpty()) {
                watched.add(job);
            }
        });
        return watched;
    }

    private Stream stream(String job) {
        return streams.computeIfAbsent(job, _ -> new Stream(store.last(job)));
    }

    /// Begins the events of a job that was not there before: nothing is read.
    synchronized long begin(String job) {
        Stream stream = new Stream(1);
        stream.reserved.put(1L, null);
        streams.put(job, stream);
        return 1;
    }

    private void deliver(String job, Stream stream) {
        while (!stream.reserved.isEmpty()) {
            var first = stream.reserved.firstEntry();
            if (first.getValue() == null) {
                return;
            }
            stream.reserved.pollFirstEntry();
            for (Follower follower : List.copyOf(stream.followers)) {
                follower.hear(first.getValue());
            }
        }
        forget(job, stream);
    }

    private void forget(String job, Stream stream) {
        if (stream.reserved.isEmpty() && stream.unstored.isEmpty() && stream.followers.isEmpty()) {
            streams.remove(job);
        }
    }

    private static final class Stream {
        private final TreeMap<Long, JobEvent.@Nullable Stored> reserved = new TreeMap<>();
        private final Map<Long, JobEvent.Stored> unstored = new TreeMap<>();
        private final List<Follower> followers = new ArrayList<>();
        private long last;

        private Stream(long last) {
            this.last = last;
        }
    }

    /// Hears nothing until the replay is over; what happens meanwhile waits.
    private static final class Follower {
        private final Consumer<JobEvent> listener;
        private @Nullable List<JobEvent.Stored> waiting = new ArrayList<>();

        private Follower(Consumer<JobEvent> listener) {
            this.listener = listener;
        }

        private void hear(JobEvent.Stored event) {
            if (waiting == null) {
                listener.accept(event);
            } else {
                waiting.add(event);
            }
        }

        private List<JobEvent.Stored> goLive() {
            List<JobEvent.Stored> heard = waiting == null ? List.of() : waiting;
            waiting = null;
            return heard;
        }
    }
}
