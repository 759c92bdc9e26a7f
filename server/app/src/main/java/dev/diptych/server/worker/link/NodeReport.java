// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.worker.link;

import org.jspecify.annotations.Nullable;

import java.util.SequencedMap;

/// What became of one node of a job.
///
/// @param elements   how many times the node was called for: 1, or the number of list elements when it was mapped
/// @param cached     how many of them came from the cache
/// @param missReason why it ran, in words; empty when all came from the cache
/// @param inputs     digest of each input by its name
/// @param outputs    digest of each output by its name
/// @param error      JSON of the problem, or null unless failed or skipped
public record NodeReport(
        String node,
        String type,
        Status status,
        long milliseconds,
        int elements,
        int cached,
        String missReason,
        SequencedMap<String, String> inputs,
        SequencedMap<String, String> outputs,
        @Nullable String error) {
    public enum Status {
        SUCCEEDED,
        FAILED,
        SKIPPED,
        CANCELLED
    }
}
