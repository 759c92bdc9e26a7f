// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.device.batching;

import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

/// How long batches of one lane take, learned from those that ran: where a number of rows was measured, that; elsewhere a + b · rows.
///
/// A measured time is the least of the last few, because what disturbs a device only adds. The first run of each number of rows does not count once there is
/// a second: it pays for planning memory and kernels.
public final class BatchTimes {
    /// Joining is worth while only where it computes this many times faster than one call after the other: below, everybody would wait for everybody.
    static final double LEAST_GAIN = 1.15;

    /// Where calls are joined already, so that noise does not turn it on and off.
    private static final double KEPT_GAIN = 1.08;

    /// No further rows when the fixed part is a smaller share than this of the batch.
    private static final double LEAST_FIXED_SHARE = 0.05;

    private static final int MOST_ROWS = 64;
    private static final int WINDOW = 8;

    /// How many batches pass without joining before it is tried again.
    private static final int TRY_AGAIN = 256;

    /// Below it joining could be worth nothing: after a few joined batches a call is computed by itself, so that the times compared are of the same minute.
    private static final double SURE_GAIN = 1.25;

    private static final int COMPARE_AGAIN = 8;

    private final TreeMap<Integer, Samples> byRows = new TreeMap<>();
    private double fixed;
    private double perRow;
    private boolean isFitted;
    private boolean isJoining;
    private int sinceJoined;
    private int sinceApart;

    private static final class Samples {
        private final long[] recent = new long[WINDOW];
        private int count = -1;

        void add(long nanos) {
            if (count < 0) {
                Arrays.fill(recent, nanos);
            } else if (count == 0) {
                Arrays.fill(recent, nanos);
            } else {
                recent[count % WINDOW] = nanos;
            }
            count++;
        }

        boolean isReliable() {
            return count > 0;
        }

        long value() {
            return Arrays.stream(recent).min().orElse(0);
        }
    }

    void add(int rows, boolean wasJoined, long nanos) {
        byRows.computeIfAbsent(rows, _ -> new Samples()).add(Math.max(1, nanos));
        sinceJoined = wasJoined ? 0 : sinceJoined + 1;
        sinceApart = wasJoined ? sinceApart + 1 : 0;
        fit();
    }

    /// Least squares of the relative errors.
    private void fit() {
        double s = 0;
        double sx = 0;
        double sxx = 0;
        double sy = 0;
        double sxy = 0;
        int points = 0;
        for (Map.Entry<Integer, Samples> entry : byRows.entrySet()) {
            if (entry.getValue().isReliable()) {
                double x = entry.getKey();
                double y = entry.getValue().value();
                double weight = 1 / (y * y);
                s += weight;
                sx += weight * x;
                sxx += weight * x * x;
                sy += weight * y;
                sxy += weight * x * y;
                points++;
            }
        }
        isFitted = points >= 2;
        if (isFitted) {
            perRow = (s * sxy - sx * sy) / (s * sxx - sx * sx);
            fixed = (sy - perRow * sx) / s;
            if (fixed < 0) {
                fixed = 0;
                perRow = sxy / sxx;
            } else if (perRow < 0) {
                perRow = 0;
                fixed = sy / s;
            }
        }
    }

    /// The expected time in nanoseconds; 0 while nothing is known.
    public long predict(int rows) {
        Samples measured = byRows.get(rows);
        if (measured != null && (measured.isReliable() || !isFitted)) {
            return measured.value();
        }
        if (isFitted) {
            return Math.max(1, Math.round(fixed + perRow * rows));
        }
        if (byRows.isEmpty()) {
            return 0;
        }
        Map.Entry<Integer, Samples> below = byRows.floorEntry(rows);
        Map.Entry<Integer, Samples> nearest = below != null ? below : byRows.firstEntry();
        return Math.max(1, nearest.getValue().value() * rows / nearest.getKey());
    }

    /// The most rows that calls are joined to: where more stops paying, and never more than twice what is known.
    int mostRows() {
        int tried =
                byRows.entrySet().stream()
                        .filter(entry -> entry.getValue().isReliable())
                        .mapToInt(Map.Entry::getKey)
                        .max()
                        .orElse(0);
        int untried = Math.max(1, 2 * tried);
        if (!isFitted || perRow == 0) {
            return Math.min(MOST_ROWS, untried);
        }
        double worthWhile = Math.ceil(fixed * (1 / LEAST_FIXED_SHARE - 1) / perRow);
        return (int) Math.clamp(Math.min(worthWhile, untried), 2, MOST_ROWS);
    }

    /// Whether the calls before were better joined.
    boolean isJoining() {
        return isJoining;
    }

    /// Whether calls of these rows are better computed together than one after the other.
    boolean areBetterJoined(int[] parts) {
        if (!isFitted) {
            return true; // the only way to learn
        }
        if (!isJoining && sinceJoined >= TRY_AGAIN) {
            return true;
        }
        double gain = gain(parts);
        isJoining = gain >= (isJoining ? KEPT_GAIN : LEAST_GAIN);
        return isJoining && (gain >= SURE_GAIN || sinceApart < COMPARE_AGAIN);
    }

    /// How many times faster calls are computed together than one after the other.
    public double gain(int... parts) {
        double apart = 0;
        int rows = 0;
        for (int part : parts) {
            apart += predict(part);
            rows += part;
        }
        long together = predict(rows);
        return together == 0 ? 1 : apart / together;
    }

    /// Whether enough ran to predict numbers of rows that did not.
    public boolean isFitted() {
        return isFitted;
    }
}
