// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.execution;

import com.fasterxml.jackson.databind.JsonNode;

import dev.diptych.engine.cache.ResultCache;
import dev.diptych.engine.graph.Plan;
import dev.diptych.engine.model.ModelProvider;
import dev.diptych.engine.plugin.NodeLibrary;
import dev.diptych.engine.value.Literals;

import java.util.Map;

/// Runs plans in this process. Any number of runs share the pool and the cache. Thread-safe.
///
/// @param library       the nodes
/// @param cache         of all runs
/// @param pool          that nodes compute on
/// @param models        that nodes may ask for
/// @param literals      turns documents' literals into values
/// @param engineVersion part of each cache key: results of another version are not taken
public record WorkflowExecutor(
        NodeLibrary library,
        ResultCache cache,
        NodePool pool,
        ModelProvider models,
        Literals literals,
        String engineVersion) {
    /// Starts a run and returns at once.
    ///
    /// @param inputs   checked literals of the plan's inputs
    /// @param listener hears of progress; must not block
    public Run start(Plan plan, Map<String, JsonNode> inputs, RunOptions options, RunListener listener) {
        Run run = new Run(this, plan, inputs, options, listener);
        run.start();
        return run;
    }
}
