// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.jobs;

import com.fasterxml.jackson.databind.JsonNode;

import dev.diptych.server.worker.link.WorkflowBundle;

import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/// A node of a document and all that needs it, directly or through others.
final class Downstream {
    private Downstream() {}

    /// @param workflow a bundle, JSON
    /// @throws JobException if the document has no such node
    static Set<String> of(String node, String workflow) {
        JsonNode nodes = WorkflowBundle.of(workflow).document().path("nodes");
        if (!nodes.has(node)) {
            throw new JobException(
                    JobException.Reason.NO_SUCH_NODE,
                    "The job's workflow has no node \""
                            + node
                            + "\"; it has "
                            + String.join(", ", nodes.properties().stream().map(Map.Entry::getKey).toList())
                            + ".");
        }
        Set<String> found = new HashSet<>(Set.of(node));
        boolean grows = true;
        while (grows) {
            grows = false;
            for (Map.Entry<String, JsonNode> candidate : nodes.properties()) {
                if (needsOneOf(found, candidate.getValue().path("in")) && found.add(candidate.getKey())) {
                    grows = true;
                }
            }
        }
        return found;
    }

    private static boolean needsOneOf(Set<String> found, JsonNode inputs) {
        return inputs.findValues("node").stream().anyMatch(link -> found.contains(link.asText()));
    }
}
