// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.execution;

import dev.diptych.api.value.Image;
import dev.diptych.engine.document.Problem;

import java.time.Duration;
import java.util.List;

/// Hears what happens in a run. Calls come from the run's own threads, for one node in order; a listener must not block.
public interface RunListener {
    /// Before the node is called for the first time, and the call waits for the return of this; a node whose result comes from the cache never starts.
    default void nodeStarted(String node) {}

    /// @param fraction 0 to 1
    /// @param left     an estimate, or null while there is none
    default void progress(
            String node, double fraction, String message, @org.jspecify.annotations.Nullable Duration left) {}

    /// Whether somebody watches the run: its calls of models go before those of others.
    default boolean isWatched() {
        return false;
    }

    /// Whether somebody watches: previews are made only then.
    default boolean wantsPreview(String node) {
        return false;
    }

    default void preview(String node, Image picture) {}

    default void nodeEnded(NodeRecord record) {}

    /// What became of a node.
    ///
    /// @param elements   how many times the node was called for: 1, or the number of list elements when it was mapped
    /// @param cached     how many of them came from the cache
    /// @param missReason why it ran, in words; empty when all came from the cache
    /// @param deviceUse  what it had of devices
    /// @param outputs    name and digest of each output
    /// @param inputs     name and digest of each input
    /// @param error      null unless failed; for a skipped node names the failed one
    record NodeRecord(
            String node,
            String type,
            Status status,
            Duration computing,
            int elements,
            int cached,
            String missReason,
            DeviceUse deviceUse,
            List<PortDigest> inputs,
            List<PortDigest> outputs,
            @org.jspecify.annotations.Nullable Problem error) {
        public enum Status {
            SUCCEEDED,
            FAILED,
            SKIPPED,
            CANCELLED
        }

        public record PortDigest(String port, String digest) {}
    }
}
