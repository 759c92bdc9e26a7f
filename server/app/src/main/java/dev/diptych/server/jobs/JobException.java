// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.jobs;

/// Why a request about jobs is refused.
public final class JobException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /// What kind of refusal, for the HTTP status.
    public enum Reason {
        NO_SUCH_JOB,
        KEY_IN_USE,
        QUEUE_FULL,
        NOT_FINISHED,
        NO_SUCH_NODE
    }

    private final Reason reason;

    public JobException(Reason reason, String message) {
        super(message);
        this.reason = reason;
    }

    public Reason reason() {
        return reason;
    }
}
