// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.device;

import dev.diptych.api.network.FunctionScope;
import dev.diptych.api.network.NetworkFunction;
import dev.diptych.engine.device.torchscript.NumberFormat;

import java.util.HashMap;
import java.util.Map;

/// What a device knows about calls of one function with rows of one shape: the memory they take, which of their inputs come back, and how many threads are worth while.
final class LaneState {
    private static final double MOST_MISJUDGED = 4;
    private static final int MEASUREMENTS = 2;

    private final long fixed;
    private final long perRow;
    private final Uploads.Habit[] habits;
    private final Map<Integer, Integer> measurements = new HashMap<>();
    private final ThreadChoice threads;
    private volatile double misjudged = 1;

    /// @param threads that the device may use
    LaneState(NetworkFunction function, NumberFormat format, Map<String, Long> sizes, int threads) {
        this.threads = new ThreadChoice(threads);
        long one = peak(function, format, sizes, 1);
        long two = peak(function, format, sizes, 2);
        perRow = sizes.containsKey(FunctionScope.BATCH) ? two - one : 0;
        fixed = one - perRow;
        habits = new Uploads.Habit[function.inputs().size()];
        for (int i = 0; i < habits.length; i++) {
            habits[i] = new Uploads.Habit();
        }
    }

    private static long peak(NetworkFunction function, NumberFormat format, Map<String, Long> sizes, long rows) {
        Map<String, Long> changed = new HashMap<>(sizes);
        changed.replace(FunctionScope.BATCH, rows);
        try {
            return ActivationPeak.of(function, format, changed);
        } catch (ArithmeticException _) {
            return Long.MAX_VALUE / 1024; // more than any device has
        }
    }

    Uploads.Habit habit(int input) {
        return habits[input];
    }

    ThreadChoice threads() {
        return threads;
    }

    /// What these rows surely take: their intermediate results.
    long least(int rows) {
        return fixed + perRow * rows;
    }

    /// What these rows take, as far as is known.
    long peak(int rows) {
        return (long) (least(rows) * misjudged);
    }

    /// The most rows whose peak is no more than this; at least 1.
    int rowsWithin(long bytes) {
        double free = bytes / misjudged - fixed;
        return perRow <= 0 ? Integer.MAX_VALUE : (int) Math.clamp(free / perRow, 1, 1 << 20);
    }

    /// Whether batches of so many rows were measured often enough. On the device's thread.
    boolean knows(int rows) {
        return measurements.getOrDefault(rows, 0) >= MEASUREMENTS;
    }

    /// Learns from a batch. On the device's thread.
    void measured(int rows, long bytes) {
        measurements.merge(rows, 1, Integer::sum);
        misjudged = Math.clamp((double) bytes / Math.max(1, least(rows)), misjudged, MOST_MISJUDGED);
    }
}
