// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.jobs;

import org.jspecify.annotations.Nullable;

/// Which jobs a list shows: newest first.
///
/// @param owner  null for everybody's
/// @param state  null for all
/// @param before the `next` of the page before; null for the first page
/// @param limit  1 to 1000
public record JobFilter(@Nullable String owner, @Nullable JobState state, @Nullable String before, int limit) {
    public JobFilter {
        if (limit < 1 || limit > 1000) {
            throw new IllegalArgumentException("Limit " + limit + " is outside 1..1000.");
        }
    }
}
