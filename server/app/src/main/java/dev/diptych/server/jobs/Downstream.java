// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.jobs;

import com.fasterxml.jackson.databind.JsonNode;

import dev.diptych.server.worker.link.WorkflowBundle;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
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
        Map<String, List<String>> needing = new HashMap<>();
        nodes.properties()
                .forEach(candidate ->
                        candidate
                                .getValue()
                                .path("in")
                                .findValues("node")
                                .forEach(link ->
                                        needing.computeIfAbsent(link.asText(), _ -> new ArrayList<>())
                                                .add(candidate.getKey())));
        Set<String> found = new HashSet<>(Set.of(node));
        Deque<String> open = new ArrayDeque<>(found);
        while (!open.isEmpty()) {
            for (String next : needing.getOrDefault(open.pop(), List.of())) {
                if (found.add(next)) {
                    open.push(next);
                }
            }
        }
        return found;
    }
}
