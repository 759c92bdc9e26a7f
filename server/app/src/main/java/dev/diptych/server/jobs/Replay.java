// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.jobs;

import dev.diptych.server.store.EventRow;
import dev.diptych.server.store.EventStore;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;

/// Takes a follower from the last number that it has to where the hub is. While it is behind, the hub keeps nothing for it: all that it misses is in
/// the store. Only while its last page is read, the hub notes what happens, and hands that over at the end.
final class Replay implements Subscription {
    private static final int PAGE = 500;

    private final EventHub hub;
    private final EventStore store;
    private final EventHub.Follower follower;
    private final Supplier<JobDetails> snapshot;
    private long after;
    private boolean hasBegun;
    private boolean isOver;

    /// @param since    the last number that the follower has; 0 for all
    /// @param snapshot what to begin with if there is no record of that number
    Replay(EventHub hub, EventStore store, EventHub.Follower follower, long since, Supplier<JobDetails> snapshot) {
        this.hub = hub;
        this.store = store;
        this.follower = follower;
        this.snapshot = snapshot;
        this.after = since;
    }

    @Override
    public synchronized boolean next() {
        if (isOver) {
            return false;
        }
        EventHub.Settled settled = hub.catchUp(follower);
        if (!hasBegun) {
            begin(settled);
        }
        List<EventRow> page = store.after(follower.job, after, PAGE);
        boolean isLast = page.size() < PAGE || page.getLast().sequence() >= settled.last();
        long last = isLast ? settled.last() : page.getLast().sequence();
        Map<Long, JobEvent.Stored> events = new TreeMap<>(settled.unstored());
        page.forEach(row -> events.put(row.sequence(), EventHub.event(row)));
        for (JobEvent.Stored event : events.values()) {
            if (event.sequence() > after && event.sequence() <= last) {
                follower.listener.accept(event);
            }
        }
        after = Math.max(after, last);
        isOver = isLast;
        if (isLast) {
            hub.goLive(follower, after);
        } else {
            hub.fallBehind(follower);
        }
        return !isLast;
    }

    private void begin(EventHub.Settled settled) {
        hasBegun = true;
        if (after != 0 && !settled.unstored().containsKey(after) && !store.has(follower.job, after)) {
            JobDetails details = snapshot.get();
            after = details.sequence();
            follower.listener.accept(new JobEvent.Reset(follower.job, details));
        }
    }

    @Override
    public synchronized void end() {
        isOver = true;
        hub.leave(follower);
    }
}
