// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.jobs;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.Set;

/// What happens to a job, as its followers hear it.
public sealed interface JobEvent {
    String job();

    /// An event with a number within its job.
    ///
    /// @param kind `state`, `node-started` or `node-ended`
    /// @param body JSON object
    record Stored(String job, long sequence, String kind, String body) implements JobEvent {
        private static final Set<String> FINAL =
                Set.of("{\"state\":\"succeeded\"}", "{\"state\":\"failed\"}", "{\"state\":\"cancelled\"}");

        /// Whether the job has ended with it; a retry may make it begin again.
        public boolean isFinal() {
            return kind.equals("state") && FINAL.contains(body);
        }
    }

    /// The follower named a number that the server has no record of: it starts again from here. Events after
    /// `snapshot.sequence()` follow.
    record Reset(String job, JobDetails snapshot) implements JobEvent {}

    /// @param left an estimate, or null while there is none
    record Progress(String job, String node, double fraction, String message, @Nullable Duration left)
            implements JobEvent {}

    record Preview(String job, String node, String mediaType, byte[] bytes) implements JobEvent {}
}
