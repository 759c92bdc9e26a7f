// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.execution;

import java.util.Map;
import java.util.Set;

/// How a workflow is run.
///
/// @param owner         whose run it is: reasons of cache misses are told against the owner's last run
/// @param workflow      its name, for the same
/// @param usesCache     false: every node runs, and what it gives is stored for others
/// @param recomputed    nodes that run even if their result is known; a node inside a nested workflow is named by the outer one, too
/// @param finished      nodes that an earlier attempt at this very run has finished: what they gave is taken from the cache in any case, and
///                      computed again only if it is not there any more
/// @param deterministic reads deterministic entries only
/// @param failAtOnce    nodes that fail without being called, with the reason, because they ended their process before
public record RunOptions(
        String owner,
        String workflow,
        boolean usesCache,
        Set<String> recomputed,
        Set<String> finished,
        boolean deterministic,
        Map<String, String> failAtOnce) {
    public RunOptions {
        recomputed = Set.copyOf(recomputed);
        finished = Set.copyOf(finished);
        failAtOnce = Map.copyOf(failAtOnce);
    }

    /// The usual: with the cache, not deterministic.
    public static RunOptions of(String owner, String workflow) {
        return new RunOptions(owner, workflow, true, Set.of(), Set.of(), false, Map.of());
    }

    public RunOptions withoutCache() {
        return new RunOptions(owner, workflow, false, recomputed, finished, deterministic, failAtOnce);
    }

    /// The same picture to the bit each time, whatever else runs: calls are not joined with those of others.
    public RunOptions inDeterministicMode() {
        return new RunOptions(owner, workflow, usesCache, recomputed, finished, true, failAtOnce);
    }

    boolean usesCacheFor(String node) {
        if (finished.contains(node)) {
            return true;
        }
        if (!usesCache || recomputed.contains(node)) {
            return false;
        }
        for (int slash = node.indexOf('/'); slash >= 0; slash = node.indexOf('/', slash + 1)) {
            if (recomputed.contains(node.substring(0, slash))) {
                return false;
            }
        }
        return true;
    }
}
