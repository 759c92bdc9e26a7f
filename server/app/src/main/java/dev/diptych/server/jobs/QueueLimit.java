// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.jobs;

import dev.diptych.server.store.JobStore;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/// Who may put another job into the queue. The last tenth is kept for those who do not hold half of it, so that nobody shuts out all others.
///
/// @param queued how many jobs wait
/// @param most   that may
record QueueLimit(JobStore jobs, AtomicLong queued, long most) {
    /// Why an owner has no place; empty if there is one.
    Optional<String> refusal(String owner) {
        long waiting = queued.get();
        if (waiting >= most) {
            return Optional.of("The queue holds " + most + " jobs, which is its limit. Try again later.");
        }
        return waiting >= most - most / 10 && jobs.queued(owner) > most / 2
                ? Optional.of(
                        "The queue is nearly full, and more than half of its jobs are yours; "
                                + "the places left are kept for others. Try again later.")
                : Optional.empty();
    }
}
