// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.jobs;

import org.jspecify.annotations.Nullable;

import java.util.List;

/// A job with its document, its inputs, and what became of its nodes.
///
/// @param workflow a [WorkflowBundle][dev.diptych.server.worker.link.WorkflowBundle], JSON
/// @param inputs   JSON object of the inputs by name
/// @param nodes    the latest record of each node that ended, in the order of their ends
/// @param sequence number of its last stored event
public record JobDetails(Job job, String workflow, String inputs, List<NodeRecord> nodes, long sequence) {

    /// @param devices JSON of a [DeviceUse][dev.diptych.server.worker.link.NodeReport.DeviceUse], or null if it called no model
    /// @param inputs  JSON object: digest of each input by its name
    /// @param outputs JSON object: digest of each output by its name
    /// @param error   JSON of the problem, or null
    public record NodeRecord(
            String node,
            String type,
            String status,
            long epoch,
            long milliseconds,
            int elements,
            int cached,
            String missReason,
            @Nullable String devices,
            String inputs,
            String outputs,
            @Nullable String error) {}
}
