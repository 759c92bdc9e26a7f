// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.jobs;

import java.util.Locale;

/// Where a job stands. The first final state that is stored stays, until the job is retried.
public enum JobState {
    QUEUED,
    RUNNING,
    CANCELLING,
    SUCCEEDED,
    FAILED,
    CANCELLED;

    public boolean isFinal() {
        return this == SUCCEEDED || this == FAILED || this == CANCELLED;
    }

    /// As it is stored and shown: lower case.
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /// @throws IllegalArgumentException naming what is allowed
    public static JobState of(String text) {
        for (JobState state : values()) {
            if (state.text().equals(text)) {
                return state;
            }
        }
        throw new IllegalArgumentException(
                "State \""
                        + text
                        + "\" is unknown; allowed are queued, running, cancelling, succeeded, failed and cancelled.");
    }
}
