// SPDX-License-Identifier: Apache-2.0

package dev.diptych.testkit;

import dev.diptych.api.value.Image;
import dev.diptych.engine.document.NodeSchema;
import dev.diptych.engine.document.WorkflowDocument;
import dev.diptych.engine.execution.RunListener;
import dev.diptych.engine.plugin.NodeInvoker;
import dev.diptych.engine.plugin.NodeLibrary;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/// Watches a run for a test: what was called, and what was thrown. Previews are asked for, so that the code that makes them runs.
final class CallCounter implements NodeLibrary, RunListener {
    private final NodeLibrary nodes;
    private final Map<String, Integer> calls = new ConcurrentHashMap<>();
    private final List<Throwable> thrown = new CopyOnWriteArrayList<>();

    CallCounter(NodeLibrary nodes) {
        this.nodes = nodes;
    }

    Map<String, Integer> calls() {
        return new TreeMap<>(calls);
    }

    List<Throwable> thrown() {
        return thrown;
    }

    @Override
    public boolean wantsPreview(String node) {
        return true;
    }

    @Override
    public void preview(String node, Image picture) {}

    @Override
    public void nodeEnded(NodeRecord record) {
        calls.put(record.node(), record.elements() - record.cached());
    }

    @Override
    public NodeInvoker invoker(String type) {
        NodeInvoker invoker = nodes.invoker(type);
        return (inputs, context) -> {
            try {
                return invoker.invoke(inputs, context);
            } catch (RuntimeException | Error e) {
                thrown.add(e);
                throw e;
            }
        };
    }

    @Override
    public Optional<NodeSchema> find(String type) {
        return nodes.find(type);
    }

    @Override
    public Collection<NodeSchema> all() {
        return nodes.all();
    }

    @Override
    public Optional<MigratedNode> migrate(String nodeId, WorkflowDocument.Node node) {
        return nodes.migrate(nodeId, node);
    }
}
