// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.graph;

import static dev.diptych.engine.document.PortType.Basic.EMBEDDING;
import static dev.diptych.engine.document.PortType.Basic.IMAGE;
import static dev.diptych.engine.document.PortType.Basic.INTEGER;
import static dev.diptych.engine.document.PortType.Basic.MODEL;
import static dev.diptych.engine.document.PortType.Basic.NUMBER;
import static dev.diptych.engine.document.PortType.Basic.SEED;
import static dev.diptych.engine.document.PortType.Basic.TEXT;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.DoubleNode;

import dev.diptych.engine.document.NodeCatalog;
import dev.diptych.engine.document.NodeSchema;
import dev.diptych.engine.document.PortSchema;
import dev.diptych.engine.document.PortType;
import dev.diptych.engine.document.WorkflowDocument;

import org.jspecify.annotations.Nullable;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/// A catalog that a test fills itself.
public final class TestCatalog implements NodeCatalog {
    private final Map<String, NodeSchema> schemas = new LinkedHashMap<>();
    private final Map<String, Function<WorkflowDocument.Node, MigratedNode>> migrations = new LinkedHashMap<>();

    /// Nodes like those that real plugins have.
    public static TestCatalog filled() {
        return new TestCatalog()
                .node(
                        "image/blur",
                        1,
                        List.of(port("image", IMAGE), ranged("amount", NUMBER, 0, 1, DoubleNode.valueOf(0.5))),
                        port("image", IMAGE))
                .node("image/noise", 1, List.of(port("seed", SEED)), port("image", IMAGE))
                .node("image/size", 1, List.of(port("image", IMAGE)), port("width", INTEGER), port("height", INTEGER))
                .node("image/grid", 1, List.of(port("images", new PortType.ListOf(IMAGE))), port("image", IMAGE))
                .node("image/tiles", 1, List.of(port("image", IMAGE)), port("images", new PortType.ListOf(IMAGE)))
                .node(
                        "image/blend",
                        1,
                        List.of(
                                port("a", IMAGE),
                                port("b", IMAGE),
                                port("mode", new PortType.Choice(List.of("normal", "multiply")))),
                        port("image", IMAGE))
                .node("text/join", 1, List.of(optional("a", TEXT), optional("b", TEXT)), port("text", TEXT))
                .node(
                        "clip/encode",
                        1,
                        List.of(port("model", MODEL), port("image", IMAGE)),
                        port("embedding", EMBEDDING))
                .node("clip/decode", 1, List.of(port("embedding", EMBEDDING)), port("image", IMAGE));
    }

    public static PortSchema port(String name, PortType type) {
        return new PortSchema(name, type, "", false, null, null, false, false);
    }

    public static PortSchema optional(String name, PortType type) {
        return new PortSchema(name, type, "", true, null, null, false, false);
    }

    public static PortSchema ranged(
            String name, PortType type, double min, double max, @Nullable JsonNode defaultValue) {
        return new PortSchema(name, type, "", false, defaultValue, new PortSchema.Bounds(min, max, 0), false, false);
    }

    public TestCatalog node(String type, int version, List<PortSchema> inputs, PortSchema... outputs) {
        String plugin = type.substring(0, type.indexOf('/'));
        schemas.put(
                type,
                new NodeSchema(type, version, type, plugin, "", inputs, List.of(outputs), plugin, "digest-" + plugin));
        return this;
    }

    public TestCatalog migration(
            String type, int fromVersion, Function<WorkflowDocument.Node, MigratedNode> migration) {
        migrations.put(type + '@' + fromVersion, migration);
        return this;
    }

    @Override
    public Optional<NodeSchema> find(String type) {
        return Optional.ofNullable(schemas.get(type));
    }

    @Override
    public Collection<NodeSchema> all() {
        return schemas.values();
    }

    @Override
    public Optional<MigratedNode> migrate(String nodeId, WorkflowDocument.Node node) {
        return Optional.ofNullable(migrations.get(node.type() + '@' + node.version()))
                .map(migration -> migration.apply(node));
    }
}
