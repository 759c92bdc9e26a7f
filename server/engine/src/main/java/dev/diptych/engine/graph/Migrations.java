// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.graph;

import dev.diptych.engine.document.Binding;
import dev.diptych.engine.document.NodeCatalog;
import dev.diptych.engine.document.NodeSchema;
import dev.diptych.engine.document.Problem;
import dev.diptych.engine.document.Problems;
import dev.diptych.engine.document.WorkflowDocument;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

/// Brings old documents forward. A node that nobody knows, or that no migration leads from, stays as it is: nothing is ever lost.
public final class Migrations {
    private final NodeCatalog catalog;

    /// @param notices what changed and what could not be changed, for people to read; no reason to refuse the document
    public record Upgraded(WorkflowDocument document, List<Problem> notices) {
        public Upgraded {
            notices = List.copyOf(notices);
        }
    }

    public Migrations(NodeCatalog catalog) {
        this.catalog = catalog;
    }

    public Upgraded upgrade(WorkflowDocument document) {
        Problems notices = new Problems();
        Map<String, Map<String, String>> renamed = new HashMap<>();
        SequencedMap<String, WorkflowDocument.Node> nodes = new LinkedHashMap<>();
        document.nodes().forEach((id, node) -> nodes.put(id, upgrade(id, node, renamed, notices)));
        if (!renamed.isEmpty()) {
            nodes.replaceAll((_, node) -> followed(node, renamed));
        }
        SequencedMap<String, Binding> outputs = new LinkedHashMap<>(document.outputs());
        outputs.replaceAll((_, binding) -> followed(binding, renamed));
        if (nodes.equals(document.nodes()) && outputs.equals(document.outputs())) {
            return new Upgraded(document, notices.list());
        }
        return new Upgraded(
                new WorkflowDocument(
                        document.format(),
                        document.name(),
                        document.title(),
                        document.description(),
                        document.inputs(),
                        nodes,
                        outputs,
                        document.layout()),
                notices.list());
    }

    private WorkflowDocument.Node upgrade(
            String id, WorkflowDocument.Node node, Map<String, Map<String, String>> renamed, Problems notices) {
        if (NestedName.isNested(node.type())) {
            return node;
        }
        Optional<NodeSchema> installed = catalog.find(node.type());
        if (installed.isPresent() && installed.get().version() <= node.version()) {
            return node;
        }
        Optional<NodeCatalog.MigratedNode> migrated = catalog.migrate(id, node);
        if (migrated.isEmpty()) {
            notices.add(() ->
                    installed.isPresent()
                            ? NodeProblems.noMigration(id, node, installed.get())
                            : NodeProblems.unknownType(id, node, catalog));
            return node;
        }
        WorkflowDocument.Node newer = migrated.get().node();
        if (!migrated.get().renamedOutputs().isEmpty()) {
            renamed.put(id, migrated.get().renamedOutputs());
        }
        notices.add(
                new Problem(
                        "engine/migrated",
                        id,
                        node.type(),
                        null,
                        "The node was written for version "
                                + node.version()
                                + " and is read as "
                                + (newer.type().equals(node.type()) ? "" : newer.type() + " ")
                                + "version "
                                + newer.version()
                                + '.',
                        null));
        return newer;
    }

    private static WorkflowDocument.Node followed(
            WorkflowDocument.Node node, Map<String, Map<String, String>> renamed) {
        SequencedMap<String, Binding> in = new LinkedHashMap<>(node.in());
        in.replaceAll((_, binding) -> followed(binding, renamed));
        return new WorkflowDocument.Node(node.type(), node.version(), in);
    }

    private static Binding followed(Binding binding, Map<String, Map<String, String>> renamed) {
        return switch (binding) {
            case Binding.Link(String node, String out) ->
                    new Binding.Link(node, renamed.getOrDefault(node, Map.of()).getOrDefault(out, out));
            case Binding.ListOf(List<Binding> elements) ->
                    new Binding.ListOf(elements.stream().map(element -> followed(element, renamed)).toList());
            case Binding.Literal literal -> literal;
            case Binding.Input input -> input;
        };
    }
}
