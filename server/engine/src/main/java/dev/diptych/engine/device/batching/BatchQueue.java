// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.device.batching;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToIntFunction;

/// The calls that wait for one device, and the rule which of them it computes next and together.
///
/// 1. *Work-conserving*: a free device computes what waits, and never waits for new calls. Only calls of the last batch that are about to come back are held
///    for, 5 % of its time and 1 ms at most; without that two halves of a batch would alternate for ever.
/// 2. *Joined* are calls of one lane with equal shared inputs, if that is faster ([BatchTimes]). Where it is not, one loop runs to its end, and then the next one:
///    the mean completes earlier so.
/// 3. *Fair*: lanes take turns by device time, owners inside a lane by rows. Interactive calls go first, but once in four of the longest batches a bulk
///    call that waited so long goes.
/// 4. Calls that must be *alone* are.
///
/// Not thread-safe. Times are nanoseconds of one clock.
public final class BatchQueue<W extends Waiting> {
    private static final int AGE_IN_BATCHES = 4;
    private static final long LEAST_AGE = 20_000_000;
    private static final int MOST_IDLE_LANES = 1000;

    private final Map<Object, Lane<W>> lanes = new HashMap<>();
    private final FairShares<Object> shares = new FairShares<>();
    private final ToIntFunction<W> mostRows;
    private long longestBatch;
    private long lastBulk = Long.MIN_VALUE / 2;
    private int waiting;

    /// @param mostRows that memory allows in a batch that begins with a call; such a call is computed even if it has more itself
    public BatchQueue(ToIntFunction<W> mostRows) {
        this.mostRows = mostRows;
    }

    public void add(W call) {
        lanes.computeIfAbsent(call.lane(), _ -> new Lane<>()).add(call);
        waiting++;
    }

    /// @return whether it was waiting still
    public boolean remove(W call) {
        Lane<W> lane = lanes.get(call.lane());
        boolean wasWaiting = lane != null && lane.remove(call);
        waiting -= wasWaiting ? 1 : 0;
        return wasWaiting;
    }

    /// Says that a loop will not call again.
    public void leave(Object member) {
        lanes.values().forEach(lane -> lane.leave(member));
    }

    public int waiting() {
        return waiting;
    }

    /// What the device, which is free, does now. A batch it is told to run is no longer waiting.
    public Decision<W> next(long now) {
        if (waiting == 0) {
            return new Decision.Idle<>();
        }
        boolean isInteractive = choosesInteractive(now);
        List<Map.Entry<Object, Lane<W>>> candidates = new ArrayList<>();
        for (Map.Entry<Object, Lane<W>> entry : lanes.entrySet()) {
            if (entry.getValue().hasWaiting(isInteractive)) {
                candidates.add(entry);
            }
        }
        candidates.sort((a, b) -> {
            int byShare = Long.compare(shares.start(a.getKey()), shares.start(b.getKey()));
            return byShare != 0
                    ? byShare
                    : Long.compare(a.getValue().oldest(isInteractive), b.getValue().oldest(isInteractive));
        });
        Decision<W> hold = null;
        for (Map.Entry<Object, Lane<W>> candidate : candidates) {
            Decision<W> decision = candidate.getValue().decide(isInteractive, mostRows, now);
            if (decision instanceof Decision.Run<W> run) {
                candidate.getValue().started(run.batch());
                waiting -= run.batch().size();
                if (run.batch().stream().anyMatch(call -> !call.isInteractive())) {
                    lastBulk = now;
                }
                return run;
            }
            hold = hold == null ? decision : hold;
        }
        return java.util.Objects.requireNonNull(hold);
    }

    private boolean choosesInteractive(long now) {
        boolean hasInteractive = false;
        long oldestBulk = Long.MAX_VALUE;
        for (Lane<W> lane : lanes.values()) {
            hasInteractive |= lane.hasWaiting(true);
            oldestBulk = Math.min(oldestBulk, lane.oldest(false));
        }
        long age = Math.max(LEAST_AGE, AGE_IN_BATCHES * longestBatch);
        boolean isBulkDue = oldestBulk != Long.MAX_VALUE && now - oldestBulk > age && now - lastBulk > age;
        return hasInteractive && !isBulkDue;
    }

    /// @param nanos      it took
    /// @param isMeasured false if the time says nothing about the next batch, because something was loaded or failed meanwhile
    public void finished(List<W> batch, long nanos, boolean isMeasured, long now) {
        Object key = batch.getFirst().lane();
        Lane<W> lane = lanes.computeIfAbsent(key, _ -> new Lane<>());
        lane.finished(batch, nanos, isMeasured, now);
        shares.serve(key, nanos);
        longestBatch = Math.max(nanos, longestBatch - longestBatch / 16);
        if (lanes.size() > MOST_IDLE_LANES) {
            lanes.values().removeIf(each -> each.isIdle(now));
            shares.forgetIdle();
        }
    }

    /// What was learned about a lane; nothing yet if it never ran.
    public BatchTimes times(Object lane) {
        Lane<W> known = lanes.get(lane);
        return known == null ? new BatchTimes() : known.times;
    }
}
