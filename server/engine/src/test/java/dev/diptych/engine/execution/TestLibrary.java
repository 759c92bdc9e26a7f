// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.execution;

import dev.diptych.engine.document.NodeSchema;
import dev.diptych.engine.document.PortSchema;
import dev.diptych.engine.document.PortType;
import dev.diptych.engine.document.WorkflowDocument;
import dev.diptych.engine.graph.TestCatalog;
import dev.diptych.engine.plugin.NodeInvoker;
import dev.diptych.engine.plugin.NodeLibrary;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Nodes that are functions of a test. Each has one output, `out`.
final class TestLibrary implements NodeLibrary {
    private final TestCatalog catalog = new TestCatalog();
    private final Map<String, NodeInvoker> invokers = new HashMap<>();

    void add(String type, List<PortSchema> inputs, PortType output, NodeInvoker invoker) {
        catalog.node(type, 1, inputs, TestCatalog.port("out", output));
        invokers.put(type, invoker);
    }

    @Override
    public NodeInvoker invoker(String type) {
        return Optional.ofNullable(invokers.get(type)).orElseThrow(() -> new IllegalArgumentException(type));
    }

    @Override
    public Optional<NodeSchema> find(String type) {
        return catalog.find(type);
    }

    @Override
    public Collection<NodeSchema> all() {
        return catalog.all();
    }

    @Override
    public Optional<MigratedNode> migrate(String nodeId, WorkflowDocument.Node node) {
        return catalog.migrate(nodeId, node);
    }
}
