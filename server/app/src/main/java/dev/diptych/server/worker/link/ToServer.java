// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.worker.link;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.List;

/// What a worker says to its server. [Hello] is the first message of every connection.
public sealed interface ToServer {

    /// @param worker        a name that stays the same when the worker reconnects, and differs between processes
    /// @param secret        the start-up secret of a supervised worker, or a token of scope `worker`
    /// @param pluginDigests what this worker has loaded
    /// @param slots         how many jobs it takes at once, at most 32
    /// @param holding       the claims it still works on; its other claims return to the queue
    /// @param devices       what it computes with, as far as it knows before the first job
    record Hello(
            String worker,
            String secret,
            List<String> pluginDigests,
            int slots,
            List<Holding> holding,
            List<Device> devices)
            implements ToServer {}

    /// Asks for jobs; answered by [ToWorker.Assign] messages, at once or as soon as there is something to do.
    ///
    /// @param freeSlots how many more jobs the worker can take now; replaces what an earlier message said
    record Claim(int freeSlots) implements ToServer {}

    /// Every ten seconds.
    ///
    /// @param calls   the device calls now in progress
    /// @param devices as they are now
    record Heartbeat(List<Holding> holding, List<DeviceCall> calls, List<Device> devices) implements ToServer {}

    /// What a worker computes networks with.
    ///
    /// @param id          within the worker, for example `cuda:0`
    /// @param kind        `cpu` or `cuda`
    /// @param budgetBytes of memory that models may fill
    /// @param usedBytes   of it now
    /// @param models      the components that are on it, for example `portraits/unclip, decoder`
    /// @param work        since the worker began
    record Device(String id, String kind, long budgetBytes, long usedBytes, List<String> models, Work work) {}

    /// What a device has done.
    ///
    /// @param batches of calls that were computed together, those of a single call included
    /// @param joined  batches of more than one call
    /// @param waited  of all calls together, before they were computed
    record Work(long calls, long rows, long batches, long joined, Duration busy, Duration waited) {
        public static final Work NONE = new Work(0, 0, 0, 0, Duration.ZERO, Duration.ZERO);
    }

    /// A call into a device for one node, and how long it has run.
    record DeviceCall(Holding holding, String node, Duration age) {}

    /// Sent before the node is called.
    record NodeStarted(Holding holding, String node) implements ToServer {}

    /// What became of a node; kept and sent again until [ToWorker.Ack] came with the same id.
    record NodeEnded(Holding holding, long id, NodeReport report) implements ToServer {}

    /// @param fraction 0 to 1
    /// @param left     an estimate, or null while there is none
    record Progress(Holding holding, String node, double fraction, String message, @Nullable Duration left)
            implements ToServer {}

    /// An encoded picture of an unfinished node, for a job that the server named in [ToWorker.Watch].
    record Preview(Holding holding, String node, String mediaType, byte[] bytes) implements ToServer {}

    /// How the job ended; kept and sent again until [ToWorker.Ack] came with the same id.
    record Finished(Holding holding, long id, Outcome outcome) implements ToServer {}

    /// An orderly stop: what the worker holds returns to the queue without a strike.
    record Leaving() implements ToServer {}
}
