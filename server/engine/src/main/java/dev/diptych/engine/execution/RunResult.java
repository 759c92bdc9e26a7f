// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.execution;

import dev.diptych.engine.document.Problem;
import dev.diptych.engine.value.TypedValue;

import java.util.List;
import java.util.SequencedMap;

/// How a run ended.
///
/// @param outputs  the requested outputs that could be computed
/// @param problems one for each failed node; empty when all succeeded
/// @param nodes    what became of each node, in the order of the plan
public record RunResult(
        Status status,
        SequencedMap<String, TypedValue> outputs,
        List<Problem> problems,
        List<RunListener.NodeRecord> nodes) {
    public enum Status {
        SUCCEEDED,
        FAILED,
        CANCELLED
    }
}
