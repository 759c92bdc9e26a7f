// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.execution;

import java.util.Map;

/// How a workflow is run.
///
/// @param owner         whose run it is: reasons of cache misses are told against the owner's last run
/// @param workflow      its name, for the same
/// @param usesCache     false: every node runs, and what it gives is stored for others
/// @param deterministic reads deterministic entries only
/// @param failAtOnce    nodes that fail without being called, with the reason, because they ended their process before
public record RunOptions(
        String owner, String workflow, boolean usesCache, boolean deterministic, Map<String, String> failAtOnce) {
    public RunOptions {
        failAtOnce = Map.copyOf(failAtOnce);
    }

    /// The usual: with the cache, not deterministic.
    public static RunOptions of(String owner, String workflow) {
        return new RunOptions(owner, workflow, true, false, Map.of());
    }

    public RunOptions withoutCache() {
        return new RunOptions(owner, workflow, false, deterministic, failAtOnce);
    }
}
