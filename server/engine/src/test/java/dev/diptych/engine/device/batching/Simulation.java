// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.device.batching;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/// A device and the loops that use it, on a clock that does not run by itself.
final class Simulation {
    static final long MILLISECOND = 1_000_000;

    /// What a loop does between two calls.
    private static final long THINKING = 50_000;

    private final long fixed;
    private final long perRow;
    final List<Loop> loops = new ArrayList<>();
    final List<List<Call>> batches = new ArrayList<>();
    final BatchQueue<Call> queue;
    private final PriorityQueue<Call> coming = new PriorityQueue<>(Comparator.comparingLong(Call::arrivedAt));
    long now;
    long busy;

    /// Whether something else takes a ninth of the device.
    boolean isDisturbed;

    /// A batch takes `fixed + perRow * rows` nanoseconds.
    Simulation(long fixed, long perRow) {
        this(fixed, perRow, 64);
    }

    Simulation(long fixed, long perRow, int memoryRows) {
        this.fixed = fixed;
        this.perRow = perRow;
        queue = new BatchQueue<>(_ -> memoryRows);
    }

    static final class Loop {
        final Object lane;
        final String owner;
        final int rows;
        final int steps;
        final boolean isInteractive;
        final boolean isAlone;
        final long start;
        int done;
        long firstDone;
        long end;
        long longestWait;

        Loop(Object lane, String owner, int rows, int steps, boolean isInteractive, boolean isAlone, long start) {
            this.lane = lane;
            this.owner = owner;
            this.rows = rows;
            this.steps = steps;
            this.isInteractive = isInteractive;
            this.isAlone = isAlone;
            this.start = start;
        }
    }

    record Call(Loop loop, long arrivedAt) implements Waiting {
        @Override
        public Object lane() {
            return loop.lane;
        }

        @Override
        public Object shared() {
            return "";
        }

        @Override
        public String owner() {
            return loop.owner;
        }

        @Override
        public Object member() {
            return loop;
        }

        @Override
        public int rows() {
            return loop.rows;
        }

        @Override
        public boolean isInteractive() {
            return loop.isInteractive;
        }

        @Override
        public boolean isAlone() {
            return loop.isAlone;
        }
    }

    Simulation with(Loop loop) {
        loops.add(loop);
        coming.add(new Call(loop, loop.start));
        return this;
    }

    Simulation bulk(int count, int steps) {
        for (int i = 0; i < count; i++) {
            with(new Loop("u-net", "ann", 1, steps, false, false, 0));
        }
        return this;
    }

    long timeOf(int rows) {
        return fixed + perRow * rows;
    }

    /// Until a time, or until all loops have ended.
    Simulation run(long until) {
        while (now < until) {
            arrive();
            switch (queue.next(now)) {
                case Decision.Idle<Call> _ -> {
                    if (coming.isEmpty()) {
                        return this;
                    }
                    now = Math.max(now, coming.peek().arrivedAt());
                }
                case Decision.Hold<Call> hold -> {
                    if (hold.until() <= now || hold.until() > now + MILLISECOND) {
                        throw new AssertionError("Holds from " + now + " until " + hold.until());
                    }
                    now = coming.isEmpty() ? hold.until() : Math.min(hold.until(), coming.peek().arrivedAt());
                }
                case Decision.Run<Call> batch -> compute(batch);
            }
        }
        return this;
    }

    Simulation run() {
        return run(Long.MAX_VALUE);
    }

    private void arrive() {
        while (!coming.isEmpty() && coming.peek().arrivedAt() <= now) {
            queue.add(coming.poll());
        }
    }

    private void compute(Decision.Run<Call> batch) {
        batches.add(batch.batch());
        long nanos = timeOf(batch.rows()) * (isDisturbed ? 9 : 8) / 8;
        batch.batch()
                .forEach(call -> {
                    call.loop.longestWait = Math.max(call.loop.longestWait, now - call.arrivedAt());
                });
        now += nanos;
        busy += nanos;
        arrive();
        long think = THINKING;
        for (Call call : batch.batch()) {
            Loop loop = call.loop;
            loop.firstDone = loop.done == 0 ? now : loop.firstDone;
            if (++loop.done < loop.steps) {
                coming.add(new Call(loop, now + think));
                think += 1000;
            } else {
                loop.end = now;
                queue.leave(loop);
            }
        }
        queue.finished(batch.batch(), nanos, true, now);
    }
}
