// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.jobs;

import dev.diptych.server.store.StoreException;

import java.util.Optional;

/// Why a request about jobs is refused.
public final class JobException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /// What kind of refusal, for the HTTP status.
    public enum Reason {
        NO_SUCH_JOB,
        KEY_IN_USE,
        QUEUE_FULL,
        NOT_FINISHED,
        NO_SUCH_NODE,
        NO_SUCH_WORKFLOW,
        TOO_LARGE,
        STORE_FAILED
    }

    private final Reason reason;

    public JobException(Reason reason, String message) {
        super(message);
        this.reason = reason;
    }

    /// What a failed future of [JobService] or [WorkflowLibrary] means, if it is one of these reasons.
    public static Optional<JobException> of(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof JobException known) {
                return Optional.of(known);
            }
            if (cause instanceof StoreException store) {
                return Optional.of(
                        new JobException(
                                Reason.STORE_FAILED,
                                store.getMessage()
                                        + " Nothing was changed. Look at the disk's free space, then try again."));
            }
        }
        return Optional.empty();
    }

    public Reason reason() {
        return reason;
    }
}
