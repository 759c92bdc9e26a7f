// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.worker.link;

import org.jspecify.annotations.Nullable;

/// How a job ended at its worker.
///
/// @param outputs JSON object of the requested outputs that could be computed; every asset it names is stored already
/// @param error   JSON array of the problems, or null when there are none
public record Outcome(Status status, String outputs, @Nullable String error) {
    public enum Status {
        SUCCEEDED,
        FAILED,
        CANCELLED
    }
}
