// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.device;

import java.util.List;

/// A device as it is at a moment: for metrics, lists and `doctor`.
///
/// @param id       for example `cpu:0`
/// @param threads  that one operation may use
/// @param waiting  calls that wait now
/// @param memory   who holds how much of it
/// @param resident components whose weights are there
public record DeviceState(String id, int threads, int waiting, Memory memory, List<String> resident, Counts counts) {
    /// Bytes.
    ///
    /// @param weights  of resident components
    /// @param inputs   that are kept for the next call
    /// @param reserved for values that stay between calls
    public record Memory(long total, long weights, long inputs, long reserved) {}

    /// Since the device began.
    ///
    /// @param joinedBatches of more than one call
    /// @param busyNanos     for calls: inputs brought, programs run, results read
    /// @param programNanos  of these, within programs; a graphics card may still compute when its program returns
    /// @param waitNanos     of all calls together
    /// @param outOfMemory   batches that had to be computed in parts, or failed
    public record Counts(
            long calls,
            long rows,
            long batches,
            long joinedBatches,
            long busyNanos,
            long programNanos,
            long waitNanos,
            long loads,
            long loadNanos,
            long evictions,
            long outOfMemory) {}
}
