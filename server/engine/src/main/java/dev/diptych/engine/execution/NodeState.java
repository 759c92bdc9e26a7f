// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.execution;

import dev.diptych.engine.document.Problem;
import dev.diptych.engine.execution.RunListener.NodeRecord;
import dev.diptych.engine.graph.Plan;
import dev.diptych.engine.value.TypedValue;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/// What a run knows of one of its nodes. Messages of the run alone touch it.
final class NodeState {
    final Plan.Step step;
    final List<Integer> dependents = new ArrayList<>();
    int waitingFor;
    @Nullable ListMapping mapping;
    List<@Nullable Map<String, TypedValue>> results = List.of();
    int open;
    int cached;
    long nanos;
    DeviceUse deviceUse = DeviceUse.NONE;
    boolean isStarted;
    String missReason = "";
    boolean isForced;
    SortedMap<String, String> keyParts = new TreeMap<>();
    @Nullable Map<String, String> lastKeyParts;
    @Nullable Problem problem;
    boolean wasCancelled;
    List<NodeRecord.PortDigest> inputDigests = List.of();
    @Nullable Map<String, TypedValue> outputs;
    @Nullable NodeRecord record;

    NodeState(Plan.Step step) {
        this.step = step;
    }

    /// The first failure of its calls is the node's.
    void fail(String code, String message, @Nullable String next) {
        if (problem == null) {
            problem = new Problem(code, step.id(), step.schema().type(), null, message, next);
        }
    }

    NodeRecord record(NodeRecord.Status status) {
        return new NodeRecord(
                step.id(),
                step.schema().type(),
                status,
                Duration.ofNanos(nanos),
                results.size(),
                cached,
                missReason,
                deviceUse,
                inputDigests,
                outputs == null ? List.of() : digests(outputs),
                problem);
    }

    static List<NodeRecord.PortDigest> digests(Map<String, TypedValue> values) {
        return values.entrySet().stream()
                .map(value -> new NodeRecord.PortDigest(value.getKey(), value.getValue().digest()))
                .toList();
    }
}
