// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.jobs;

/// Time as jobs need it: a monotonic one for leases, and that of the calendar for what people read.
public interface JobClock {
    JobClock SYSTEM =
            new JobClock() {
                @Override
                public long nanoseconds() {
                    return System.nanoTime();
                }

                @Override
                public long milliseconds() {
                    return System.currentTimeMillis();
                }
            };

    /// Never goes back; its origin means nothing.
    long nanoseconds();

    /// Since 1970.
    long milliseconds();
}
