// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.jobs;

import dev.diptych.server.store.EventRow;
import dev.diptych.server.store.EventStore;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Supplier;

/// Numbers the events of jobs and takes them to their followers in order. A number is reserved first, then published or
/// withdrawn; what comes after it waits for that. Events that are published before they are stored stay here until they
/// are, so that a new follower misses none. A follower of what was is taken along by a [Replay].
final class EventHub {
    private static final long RESTART_GAP = 1_000_000;

    private final EventStore store;
    private final String firstJob;
    private final Consumer<Set<String>> watchedChanged;
    private final Map<String, Stream> streams = new HashMap<>();

    /// Jobs of an earlier run that go on in this one, with the first number after the gap: used or not, no number before it comes any more.
    private final Map<String, Long> resumed = new HashMap<>();

    /// @param firstJob       jobs with an earlier id are of an earlier run of the server, whose last numbers are unknown
    /// @param watchedChanged told the jobs that have followers, whenever these change
    EventHub(EventStore store, String firstJob, Consumer<Set<String>> watchedChanged) {
        this.store = store;
        this.firstJob = firstJob;
        this.watchedChanged = watchedChanged;
    }

    static JobEvent.Stored event(EventRow row) {
        return new JobEvent.Stored(row.job(), row.sequence(), row.kind(), row.body());
    }

    /// The next number of a job; it must be published or withdrawn.
    synchronized long reserve(String job) {
        Stream stream = stream(job);
        boolean isResumed = job.compareTo(firstJob) < 0 && !resumed.containsKey(job);
        stream.last += isResumed ? RESTART_GAP : 1;
        if (isResumed) {
            resumed.put(job, stream.last);
        }
        stream.reserved.put(stream.last, null);
        return stream.last;
    }

    /// Takes an event to the followers, once all before it are there.
    ///
    /// @param isStored false if [#stored] follows
    synchronized void publish(EventRow event, boolean isStored) {
        Stream stream = stream(event.job());
        JobEvent.Stored published = event(event);
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
                if (follower.place == Place.LIVE) {
                    follower.listener.accept(event);
                }
            }
        }
    }

    /// Follows a job: what came after `since`, then what happens.
    ///
    /// @param since    the last number that the follower has; 0 for all
    /// @param snapshot what to begin with if there is no record of that number
    Subscription subscribe(String job, long since, Consumer<JobEvent> listener, Supplier<JobDetails> snapshot) {
        return new Replay(this, store, join(job, listener, Place.BEHIND), since, snapshot);
    }

    /// Follows a job from now on.
    ///
    /// @return ends it
    Runnable hear(String job, Consumer<JobEvent> listener) {
        Follower follower = join(job, listener, Place.LIVE);
        return () -> leave(follower);
    }

    private Follower join(String job, Consumer<JobEvent> listener, Place place) {
        Follower follower = new Follower(job, listener, place);
        synchronized (this) {
            stream(job).followers.add(follower);
        }
        watchedChanged.accept(watched());
        return follower;
    }

    void leave(Follower follower) {
        synchronized (this) {
            Stream stream = streams.get(follower.job);
            if (stream == null || !stream.followers.remove(follower)) {
                return;
            }
            forget(follower.job, stream);
        }
        watchedChanged.accept(watched());
    }

    /// What the followers of a job have been told so far.
    ///
    /// @param last     every number up to it is stored, in `unstored`, or will never come
    /// @param unstored events that are stored only later
    record Settled(long last, Map<Long, JobEvent.Stored> unstored) {}

    /// From here on everything is noted for the follower, until it goes live or falls behind.
    synchronized Settled catchUp(Follower follower) {
        Stream stream = stream(follower.job);
        follower.place = Place.CATCHING_UP;
        long last = stream.reserved.isEmpty() ? stream.last : stream.reserved.firstKey() - 1;
        return new Settled(last, Map.copyOf(stream.unstored));
    }

    /// Hands over what was noted.
    ///
    /// @param after the last number that the follower has by now
    synchronized void goLive(Follower follower, long after) {
        follower.after = after;
        follower.place = Place.LIVE;
        follower.noted.forEach(follower::hear);
        follower.noted.clear();
    }

    synchronized void fallBehind(Follower follower) {
        follower.place = Place.BEHIND;
        follower.noted.clear();
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
        return streams.computeIfAbsent(job, _ -> new Stream(Math.max(store.last(job), resumed.getOrDefault(job, 0L))));
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

    /// Where a follower is.
    enum Place {
        /// It finds in the store what it misses.
        BEHIND,

        /// What happens is noted for it.
        CATCHING_UP,

        LIVE
    }

    /// Somebody who follows a job. All but the names is guarded by the hub's lock.
    static final class Follower {
        final String job;
        final Consumer<JobEvent> listener;
        private final List<JobEvent.Stored> noted = new ArrayList<>();
        private Place place;
        private long after;

        private Follower(String job, Consumer<JobEvent> listener, Place place) {
            this.job = job;
            this.listener = listener;
            this.place = place;
        }

        private void hear(JobEvent.Stored event) {
            switch (place) {
                case BEHIND -> {}
                case CATCHING_UP -> noted.add(event);
                case LIVE -> {
                    if (event.sequence() > after) {
                        listener.accept(event);
                    }
                }
            }
        }
    }
}
