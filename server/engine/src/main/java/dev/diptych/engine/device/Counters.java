// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.device;

import java.util.concurrent.atomic.LongAdder;

/// What a device has done since it began. Written by its thread, read by any.
final class Counters {
    private final LongAdder calls = new LongAdder();
    private final LongAdder rows = new LongAdder();
    private final LongAdder batches = new LongAdder();
    private final LongAdder joinedBatches = new LongAdder();
    private final LongAdder busyNanos = new LongAdder();
    private final LongAdder programNanos = new LongAdder();
    private final LongAdder waitNanos = new LongAdder();
    private final LongAdder loads = new LongAdder();
    private final LongAdder loadNanos = new LongAdder();
    private final LongAdder evictions = new LongAdder();
    private final LongAdder outOfMemory = new LongAdder();

    void computed(int callsInBatch, int rowsInBatch, long nanos) {
        calls.add(callsInBatch);
        rows.add(rowsInBatch);
        batches.increment();
        if (callsInBatch > 1) {
            joinedBatches.increment();
        }
        busyNanos.add(nanos);
    }

    /// Time within libtorch, part of what [#computed] hears.
    void ranProgram(long nanos) {
        programNanos.add(nanos);
    }

    void waited(long nanos) {
        waitNanos.add(nanos);
    }

    void loaded(long nanos) {
        loads.increment();
        loadNanos.add(nanos);
    }

    void evicted() {
        evictions.increment();
    }

    void ranOutOfMemory() {
        outOfMemory.increment();
    }

    DeviceState.Counts counts() {
        return new DeviceState.Counts(
                calls.sum(),
                rows.sum(),
                batches.sum(),
                joinedBatches.sum(),
                busyNanos.sum(),
                programNanos.sum(),
                waitNanos.sum(),
                loads.sum(),
                loadNanos.sum(),
                evictions.sum(),
                outOfMemory.sum());
    }
}
