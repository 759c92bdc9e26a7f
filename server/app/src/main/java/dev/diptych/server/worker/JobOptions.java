// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.worker;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import java.util.HashSet;
import java.util.Set;

/// How a job wants to be run, as its `options` say.
///
/// @param usesCache     false: every node runs
/// @param recomputed    nodes that run even if their result is known, because somebody retried the job from one of them
/// @param deterministic reads deterministic entries only
record JobOptions(boolean usesCache, Set<String> recomputed, boolean deterministic) {
    private static final ObjectMapper JSON = new ObjectMapper();

    static JobOptions of(String json) {
        try {
            JsonNode options = JSON.readTree(json);
            Set<String> recomputed = new HashSet<>();
            options.path("recompute").forEach(node -> recomputed.add(node.textValue()));
            return new JobOptions(
                    options.path("cache").asBoolean(true),
                    Set.copyOf(recomputed),
                    options.path("deterministic").asBoolean(false));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("Stored options are no JSON: " + e.getOriginalMessage(), e);
        }
    }
}
