// SPDX-License-Identifier: Apache-2.0

package dev.diptych.bench;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;

import dev.diptych.engine.document.NodeSchema;
import dev.diptych.engine.document.PortSchema;
import dev.diptych.engine.document.PortType;
import dev.diptych.engine.document.WorkflowDocument;
import dev.diptych.engine.plugin.NodeInvoker;
import dev.diptych.engine.plugin.NodeLibrary;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/// One node type, `bench/nothing`, that counts up from the larger of its inputs, so that no node has the key of another and the cache answers none of them; what a
/// graph of them costs is the engine's own.
final class Nothing implements NodeLibrary {
    private static final String TYPE = "bench/nothing";
    private static final NodeSchema SCHEMA =
            new NodeSchema(
                    TYPE,
                    1,
                    "Nothing",
                    "Bench",
                    "",
                    List.of(port("a"), port("b")),
                    List.of(port("out")),
                    "bench",
                    "0".repeat(64));

    private static PortSchema port(String name) {
        return new PortSchema(
                name, PortType.Basic.INTEGER, "", false, JsonNodeFactory.instance.numberNode(0), null, false, false);
    }

    @Override
    public NodeInvoker invoker(String type) {
        return (inputs, _) -> Map.of("out", Math.max(integer(inputs, "a"), integer(inputs, "b")) + 1);
    }

    private static long integer(Map<String, ? extends Object> inputs, String port) {
        return (Long) Objects.requireNonNull(inputs.get(port));
    }

    @Override
    public Optional<NodeSchema> find(String type) {
        return type.equals(TYPE) ? Optional.of(SCHEMA) : Optional.empty();
    }

    @Override
    public Collection<NodeSchema> all() {
        return List.of(SCHEMA);
    }

    @Override
    public Optional<MigratedNode> migrate(String nodeId, WorkflowDocument.Node node) {
        return Optional.empty();
    }

    /// How the nodes hang together.
    enum Shape {
        /// Each needs the one before.
        CHAIN,
        /// None needs another.
        WIDE,
        /// Squares on end: each second row has two nodes side by side, which take what the one before them gave at different inputs.
        DIAMOND
    }

    /// @param salt makes every node's inputs differ from those of documents with another salt
    static String document(Shape shape, int nodes, long salt) {
        long first = salt * 1_000_000;
        StringBuilder text = new StringBuilder("{\"diptych\":1,\"name\":\"bench-" + shape + "\",\"nodes\":{");
        for (int i = 0; i < nodes; i++) {
            text.append(i == 0 ? "" : ",")
                    .append("\"n")
                    .append(i)
                    .append("\":{\"type\":\"")
                    .append(TYPE)
                    .append("\",\"version\":1,\"in\":{");
            text.append(
                    switch (shape) {
                        case CHAIN -> i == 0 ? literal(first) : link("a", i - 1);
                        case WIDE -> literal(first + i);
                        case DIAMOND -> i == 0 ? literal(first) : diamond(i);
                    });
            text.append("}}");
        }
        text.append("},\"outputs\":{\"out\":");
        if (shape == Shape.WIDE) {
            text.append("{\"list\":[");
            for (int i = 0; i < nodes; i++) {
                text.append(i == 0 ? "" : ",").append(source(i));
            }
            text.append("]}");
        } else {
            text.append(source(nodes - 1));
        }
        return text.append("}}").toString();
    }

    private static String diamond(int i) {
        return switch (i % 3) {
            case 0 -> link("a", i - 2) + "," + link("b", i - 1);
            case 1 -> link("a", i - 1);
            default -> link("b", i - 2);
        };
    }

    private static String literal(long value) {
        return "\"a\":{\"value\":" + value + "}";
    }

    private static String link(String port, int node) {
        return "\"" + port + "\":" + source(node);
    }

    private static String source(int node) {
        return "{\"node\":\"n" + node + "\",\"out\":\"out\"}";
    }
}
