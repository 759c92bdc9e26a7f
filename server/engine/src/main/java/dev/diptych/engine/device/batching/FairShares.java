// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.device.batching;

import java.util.HashMap;
import java.util.Map;

/// Who was given how much, so that who had least goes next. Who was away neither loses nor saves up: on coming back he starts where the others are
/// (start-time fair queueing: Goyal, Vin and Cheng, "Start-Time Fair Queueing", SIGCOMM 1996).
final class FairShares<K> {
    private final Map<K, Long> finish;
    private long clock;

    FairShares() {
        finish = new HashMap<>();
    }

    private FairShares(FairShares<K> other) {
        finish = new HashMap<>(other.finish);
        clock = other.clock;
    }

    FairShares<K> copy() {
        return new FairShares<>(this);
    }

    /// The one to be served next is the one with the least.
    long start(K who) {
        return Math.max(clock, finish.getOrDefault(who, 0L));
    }

    void serve(K who, long cost) {
        long start = start(who);
        clock = start;
        finish.put(who, start + cost);
    }

    /// Forgets who is not ahead of the others.
    void forgetIdle() {
        finish.values().removeIf(end -> end <= clock);
    }
}
