// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.jobs;

import java.time.Duration;

/// The numbers of the rules about jobs.
///
/// @param queue      how many jobs may wait
/// @param lease      how long a worker may be silent
/// @param cancelling how long a worker may take to confirm a cancellation
/// @param deviceCall how long one call into a device may take
/// @param drain      how long a drained worker's nodes may still run
public record JobLimits(long queue, Duration lease, Duration cancelling, Duration deviceCall, Duration drain) {
    public static final JobLimits USUAL =
            new JobLimits(
                    1_000_000,
                    Duration.ofSeconds(30),
                    Duration.ofSeconds(10),
                    Duration.ofMinutes(10),
                    Duration.ofSeconds(60));
}
