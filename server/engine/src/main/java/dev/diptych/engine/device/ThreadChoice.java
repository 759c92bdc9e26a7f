// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.device;

import java.util.HashMap;
import java.util.Map;

/// With how many threads the short batches of one lane are computed: with the fewest that are nearly as fast as twice as many.
///
/// The threads of an operation wait for each other at its end, hundreds of times in a pass. Operations of some microseconds gain little by that even when all
/// cores are free, and lose much as soon as a node, the server or a client wants one of these for a moment. So it is the mean time that counts, not the best.
/// Batches of one number of rows are computed for a while with half or twice as many threads, often at first and then ever more rarely. Long batches are
/// not tried: their operations are large. Only a device's thread may use it.
final class ThreadChoice {
    private static final double LONGEST_TRIED = 30e6;

    /// Twice as many threads are chosen only if they are so many times faster: the cores that they leave are of use to others.
    private static final double LEAST_SPEEDUP = 1.25;

    /// So many batches are compared. The one before them pays for the change and does not count.
    private static final int TRIES = 6;

    /// What it usually takes is the mean of about so many.
    private static final int LATELY = 16;

    private static final int FIRST_INTERVAL = 8;
    private static final int LAST_INTERVAL = 4096;

    private final int all;
    private final Map<Integer, Trial> byRows = new HashMap<>();

    /// @param all threads that the device may use, at least 1
    ThreadChoice(int all) {
        this.all = all;
    }

    /// @param free cores, from 1 to all
    int threads(int rows, int free) {
        Trial trial = byRows.get(rows);
        return trial == null ? free : Math.min(free, trial.threads);
    }

    /// What a batch took. It says nothing if other processes left far fewer cores than were to be used.
    void took(int rows, int threads, long nanos) {
        Trial trial = byRows.computeIfAbsent(rows, _ -> new Trial());
        if (all > 1 && threads > trial.threads / 2) {
            trial.took(nanos);
        }
    }

    private final class Trial {
        int threads = all;

        /// The number that others are compared with, and what it usually takes.
        private int chosen = all;

        private double usual;

        /// Batches since the last change; the first of them is number 0.
        private int count = -1;

        private double sum;
        private int interval = FIRST_INTERVAL;
        private boolean isUpNext;

        void took(long nanos) {
            if (++count == 0) {
                return;
            }
            if (threads != chosen) {
                sum += nanos;
                judge();
                return;
            }
            usual += (nanos - usual) / Math.min(count, LATELY);
            if (count >= interval && (chosen < all || usual <= LONGEST_TRIED)) {
                change(other());
            }
        }

        /// A trial ends as soon as it is lost.
        private void judge() {
            double most = TRIES * (threads < chosen ? LEAST_SPEEDUP * usual : usual / LEAST_SPEEDUP);
            if (sum > most) {
                interval = Math.min(2 * interval, LAST_INTERVAL);
                change(chosen);
            } else if (count == TRIES) {
                interval = FIRST_INTERVAL;
                isUpNext = threads > chosen;
                chosen = threads;
                change(chosen);
            }
        }

        private void change(int next) {
            threads = next;
            count = -1;
            sum = 0;
        }

        private int other() {
            boolean isUp = chosen == 1 || (isUpNext && chosen < all);
            isUpNext = !isUp;
            return isUp ? Math.min(all, 2 * chosen) : chosen / 2;
        }
    }
}
