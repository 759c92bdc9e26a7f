// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.models;

import org.jspecify.annotations.Nullable;

import java.time.Duration;

/// How far the adding of a model is.
///
/// @param id         of this addition
/// @param model      the name that it will have
/// @param file       that comes in now, or came in last
/// @param fileNumber of it, from 1
/// @param files      how many there are
/// @param bytes      of this file so far
/// @param totalBytes of this file; -1 while that is not known
/// @param left       an estimate for this file, or null while there is none
/// @param problem    why it failed, or null
public record ModelAddition(
        String id,
        String model,
        State state,
        String file,
        int fileNumber,
        int files,
        long bytes,
        long totalBytes,
        @Nullable Duration left,
        @Nullable String problem) {
    /// What becomes of it.
    public enum State {
        RUNNING,
        SUCCEEDED,
        FAILED,
        CANCELLED
    }

    static ModelAddition started(String id, String model, int files) {
        return new ModelAddition(id, model, State.RUNNING, "", 0, files, 0, -1, null, null);
    }

    ModelAddition at(String newFile, int number, long newBytes, long newTotal, @Nullable Duration newLeft) {
        return new ModelAddition(id, model, state, newFile, number, files, newBytes, newTotal, newLeft, problem);
    }

    ModelAddition ended(State end, @Nullable String newProblem) {
        return new ModelAddition(id, model, end, file, fileNumber, files, bytes, totalBytes, null, newProblem);
    }

    public boolean isRunning() {
        return state == State.RUNNING;
    }
}
