// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.worker.link;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.SequencedMap;

/// What became of one node of a job.
///
/// @param elements   how many times the node was called for: 1, or the number of list elements when it was mapped
/// @param cached     how many of them came from the cache
/// @param missReason why it ran, in words; empty when all came from the cache
/// @param devices    what it had of devices; null if it called no model
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
        @Nullable DeviceUse devices,
        SequencedMap<String, String> inputs,
        SequencedMap<String, String> outputs,
        @Nullable String error) {
    /// @param batch               mean number of rows of the batches that the calls were computed in
    /// @param waitedMilliseconds   of all calls together, until their batches began
    /// @param computedMilliseconds the calls' share of their batches, by rows
    /// @param formats              number formats that were computed in
    public record DeviceUse(
            int calls,
            long rows,
            double batch,
            long waitedMilliseconds,
            long computedMilliseconds,
            List<String> formats) {}

    public enum Status {
        SUCCEEDED,
        FAILED,
        SKIPPED,
        CANCELLED
    }
}
