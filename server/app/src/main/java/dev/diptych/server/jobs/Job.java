// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.jobs;

import org.jspecify.annotations.Nullable;

import java.time.Instant;

/// A job as lists show it.
///
/// @param name    name of its workflow, empty if that has none
/// @param epoch   number of its latest claim; 0 before the first
/// @param options JSON object: `deterministic`, `precision`
/// @param result  JSON object of its outputs, once it ended
/// @param error   JSON array of its problems, if it has any
public record Job(
        String id,
        String owner,
        JobState state,
        int priority,
        String name,
        long epoch,
        String options,
        @Nullable String result,
        @Nullable String error,
        Instant created,
        @Nullable Instant started,
        @Nullable Instant finished) {}
