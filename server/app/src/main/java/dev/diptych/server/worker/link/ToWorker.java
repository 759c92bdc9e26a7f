// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.worker.link;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// What the server says to a worker.
public sealed interface ToWorker {

    /// The answer to [ToServer.Hello].
    ///
    /// @param kept the claims the worker goes on with; it drops the others it named
    record Welcome(List<Holding> kept) implements ToWorker {}

    /// A claim; it is committed before this message is sent.
    ///
    /// @param workflow        a [WorkflowBundle], JSON
    /// @param inputs          JSON object of the inputs by name
    /// @param outputs         the outputs asked for; empty for all
    /// @param options         JSON object: `deterministic`, `precision`, `cache`, `recompute`
    /// @param finishedNodes   nodes with a stored record of success; their values are in the cache, or are computed again
    /// @param nodesThatKilled nodes that must fail instead of being called, each with the reason
    record Assign(
            Holding holding,
            String owner,
            String workflow,
            String inputs,
            List<String> outputs,
            String options,
            Set<String> finishedNodes,
            Map<String, String> nodesThatKilled)
            implements ToWorker {}

    /// Stop this job and answer with [ToServer.Finished].
    record Cancel(Holding holding) implements ToWorker {}

    /// The record or outcome with this id is committed.
    record Ack(Holding holding, long id) implements ToWorker {}

    /// The claim is not this worker's any more: drop the job and whatever is unsent for it.
    record Stale(Holding holding) implements ToWorker {}

    /// Previews are made for these jobs only; replaces what an earlier message said.
    record Watch(Set<String> jobs) implements ToWorker {}

    /// Claim nothing and start no node; whatever runs has this long before the server ends the connection.
    record Drain(String reason, Duration patience) implements ToWorker {}

    /// Stop in order: drop all jobs, say [ToServer.Leaving] and close.
    record Stop(String reason) implements ToWorker {}
}
