// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.graph;

import dev.diptych.engine.document.Binding;
import dev.diptych.engine.document.DocumentException;
import dev.diptych.engine.document.NodeCatalog;
import dev.diptych.engine.document.NodeSchema;
import dev.diptych.engine.document.PortType;
import dev.diptych.engine.document.Problem;
import dev.diptych.engine.document.Problems;
import dev.diptych.engine.document.Shown;
import dev.diptych.engine.document.Suggestion;
import dev.diptych.engine.document.WorkflowDocument;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/// Follows the names in documents: which vertex a binding means, and what each vertex needs. Opens nested workflows as it meets them,
/// and tells each problem with a name once.
final class Expansion {
    private static final int MOST_CONVERTERS = 3;

    private final NodeCatalog catalog;
    private final Function<String, Optional<WorkflowDocument>> workflows;
    private final Limits limits;
    private final boolean keepsUnknownTypes;
    private final Problems problems;

    private final Map<Vertex.Runs, Optional<Scope>> children = new HashMap<>();
    private final Map<String, Optional<WorkflowDocument>> nested = new HashMap<>();
    private int nodes;
    private int links;

    /// @param keepsUnknownTypes whether a node whose type is not installed is no problem
    Expansion(
            NodeCatalog catalog,
            Function<String, Optional<WorkflowDocument>> workflows,
            Limits limits,
            boolean keepsUnknownTypes,
            Problems problems) {
        this.catalog = catalog;
        this.workflows = workflows;
        this.limits = limits;
        this.keepsUnknownTypes = keepsUnknownTypes;
        this.problems = problems;
    }

    /// What must come before this vertex, each once. Called once for each vertex.
    Collection<Vertex> open(Vertex vertex) {
        List<Vertex> needed = new ArrayList<>();
        switch (vertex) {
            case Vertex.Runs(Scope scope, String id) -> openNode(scope, id, needed);
            case Vertex.Enters(Scope scope) ->
                    scope.document
                            .inputs()
                            .keySet()
                            .forEach(input -> {
                                Binding binding = boundOutside(scope, input);
                                if (binding != null) {
                                    follow(outside(scope), binding, placeOutside(scope).at(input), needed);
                                }
                            });
            case Vertex.Leaves(Scope scope, String output) -> {
                needed.add(new Vertex.Enters(scope));
                Binding binding = scope.document.outputs().get(output);
                if (binding != null) {
                    follow(scope, binding, placeOutside(scope).at(output), needed);
                }
            }
        }
        return new LinkedHashSet<>(needed);
    }

    private void openNode(Scope scope, String id, List<Vertex> needed) {
        countNode();
        WorkflowDocument.Node node = node(scope, id);
        Place place = place(scope, id);
        NodeSchema schema = catalog.find(node.type()).orElse(null);
        if (schema == null && !keepsUnknownTypes) {
            problems.add(() -> NodeProblems.unknownType(scope.id(id), node, catalog));
        } else if (schema != null && schema.version() < node.version()) {
            problems.add(() -> NodeProblems.tooNew(scope.id(id), node, schema));
        } else if (schema != null && schema.version() > node.version()) {
            problems.add(() -> NodeProblems.noMigration(scope.id(id), node, schema));
        }
        node.in()
                .forEach((port, binding) -> {
                    if (schema != null && !schema.inputs().containsKey(port)) {
                        unknownName(
                                place.at(port),
                                "engine/unknown-input",
                                "The node has no such input.",
                                port,
                                schema.inputs().keySet());
                    }
                    follow(scope, binding, place.at(port), needed);
                });
    }

    /// Adds the vertices that a binding in this scope links to.
    void follow(Scope scope, Binding binding, Place place, List<Vertex> needed) {
        if (binding instanceof Binding.ListOf(List<Binding> elements)) {
            for (Binding element : elements) {
                follow(scope, element, place, needed);
            }
            return;
        }
        if (++links > limits.links()) {
            throw tooLarge("links", limits.links());
        }
        Vertex target = target(scope, binding);
        if (target != null) {
            needed.add(target);
            return;
        }
        switch (binding) {
            case Binding.Input(String name) when !scope.document.inputs().containsKey(name) ->
                    unknownName(
                            place,
                            "engine/unknown-input",
                            "The workflow declares no input \"" + Shown.text(name) + "\".",
                            name,
                            scope.document.inputs().keySet());
            case Binding.Link(String id, String out) -> explainLink(scope, id, out, place);
            default -> {}
        }
    }

    private void explainLink(Scope scope, String id, String out, Place place) {
        WorkflowDocument.Node node = scope.document.nodes().get(id);
        if (node == null) {
            unknownName(
                    place,
                    "engine/unknown-node",
                    "There is no node \"" + Shown.text(id) + "\" to link to.",
                    id,
                    scope.document.nodes().keySet());
            return;
        }
        Collection<String> outputs =
                NestedName.isNested(node.type())
                        ? child(scope, id)
                                .map(child -> (Collection<String>) child.document.outputs().keySet())
                                .orElse(null)
                        : catalog.find(node.type())
                                .map(schema -> (Collection<String>) schema.outputs().keySet())
                                .orElse(null);
        if (outputs != null) {
            unknownName(
                    place,
                    "engine/unknown-output",
                    "The node \"" + id + "\" (" + node.type() + ") has no output \"" + Shown.text(out) + "\".",
                    out,
                    outputs);
        }
    }

    /// What a binding links to: null for literals, inputs of the root, lists, and names that mean nothing.
    @Nullable Vertex target(Scope scope, Binding binding) {
        return switch (binding) {
            case Binding.Input(String name) ->
                    scope.parent == null || !scope.document.inputs().containsKey(name)
                            ? null
                            : new Vertex.Enters(scope);
            case Binding.Link(String id, String out) -> {
                WorkflowDocument.Node node = scope.document.nodes().get(id);
                if (node == null) {
                    yield null;
                }
                if (NestedName.isNested(node.type())) {
                    Scope child = child(scope, id).orElse(null);
                    yield child != null && child.document.outputs().containsKey(out)
                            ? new Vertex.Leaves(child, out)
                            : null;
                }
                // A node of an unknown type is followed too: it is the problem to tell, not its outputs.
                NodeSchema schema = catalog.find(node.type()).orElse(null);
                yield schema == null || schema.outputs().containsKey(out) ? new Vertex.Runs(scope, id) : null;
            }
            case Binding.Literal _, Binding.ListOf _ -> null;
        };
    }

    /// The workflow nested in a node; empty after its problem has been told.
    Optional<Scope> child(Scope scope, String id) {
        Vertex.Runs key = new Vertex.Runs(scope, id);
        Optional<Scope> known = children.get(key);
        if (known == null) {
            known = openChild(scope, id);
            children.put(key, known);
        }
        return known;
    }

    private Optional<Scope> openChild(Scope scope, String id) {
        countNode();
        WorkflowDocument.Node node = node(scope, id);
        Place place = place(scope, id);
        String name = NestedName.of(node.type());
        if (scope.isInside(name)) {
            problems.add(() ->
                    place.problem(
                            "engine/workflow-cycle",
                            "The workflow " + name + " contains itself.",
                            "Remove this node, or nest another workflow."));
            return Optional.empty();
        }
        if (scope.level >= limits.nesting()) {
            problems.add(() ->
                    place.problem(
                            "engine/nested-too-deep",
                            "Workflows are nested more than " + limits.nesting() + " deep.",
                            "Nest fewer workflows in one another."));
            return Optional.empty();
        }
        WorkflowDocument document =
                nested.computeIfAbsent(
                                name,
                                key ->
                                        workflows
                                                .apply(key)
                                                .map(found -> new Migrations(catalog).upgrade(found).document()))
                        .orElse(null);
        if (document == null) {
            problems.add(() ->
                    place.problem(
                            "engine/unknown-workflow",
                            "There is no workflow " + name + '.',
                            "Store that workflow in this revision, or choose a revision that is there."));
            return Optional.empty();
        }
        Scope child = scope.child(id, name, document);
        InputChecker.checkDefaults(document, child.id(""), problems);
        node.in().keySet().stream()
                .filter(input -> !document.inputs().containsKey(input))
                .forEach(input ->
                        unknownName(
                                place.at(input),
                                "engine/unknown-input",
                                "The nested workflow has no such input.",
                                input,
                                document.inputs().keySet()));
        document.inputs()
                .forEach((input, declared) -> {
                    if (declared.defaultValue() == null && !node.in().containsKey(input)) {
                        problems.add(() ->
                                place.at(input)
                                        .problem(
                                                "engine/missing-input",
                                                declared.type().label() + " is needed, nothing is given.",
                                                "Link it, or write a value."));
                    }
                });
        return Optional.of(child);
    }

    Optional<NodeSchema> schema(Scope scope, String id) {
        return catalog.find(node(scope, id).type());
    }

    /// Node types that make the one type out of the other, for a hint.
    List<String> converters(PortType from, PortType to) {
        return catalog.all().stream()
                .filter(schema ->
                        schema.inputs().values().stream()
                                .anyMatch(port -> port.isRequired() && port.type().equals(from)))
                .filter(schema -> schema.outputs().values().stream().anyMatch(port -> port.type().equals(to)))
                .map(NodeSchema::type)
                .sorted()
                .limit(MOST_CONVERTERS)
                .toList();
    }

    static WorkflowDocument.Node node(Scope scope, String id) {
        WorkflowDocument.Node node = scope.document.nodes().get(id);
        if (node == null) {
            throw new IllegalArgumentException("The document has no node " + id);
        }
        return node;
    }

    static Place place(Scope scope, String id) {
        return new Place(scope.id(id), node(scope, id).type(), null);
    }

    /// The place of the node that holds a nested workflow.
    static Place placeOutside(Scope nested) {
        return place(outside(nested), nested.node);
    }

    static Scope outside(Scope nested) {
        Scope parent = nested.parent;
        if (parent == null) {
            throw new IllegalArgumentException("The root is nested in nothing");
        }
        return parent;
    }

    /// What the parent binds to a declared input, or null where the default stands in.
    static @Nullable Binding boundOutside(Scope nested, String input) {
        return node(outside(nested), nested.node).in().get(input);
    }

    private void countNode() {
        if (++nodes > limits.nodes()) {
            throw tooLarge("nodes", limits.nodes());
        }
    }

    static DocumentException tooLarge(String what, int limit) {
        return new DocumentException(
                List.of(
                        new Problem(
                                "engine/graph-too-large",
                                null,
                                null,
                                null,
                                "The workflow, with those nested in it, has more than " + limit + ' ' + what + '.',
                                "Split it into several workflows.")));
    }

    private void unknownName(Place place, String code, String message, String name, Collection<String> known) {
        problems.add(() -> place.problem(code, message, Suggestion.sentence(name, known)));
    }
}
