// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.graph;

import com.fasterxml.jackson.databind.JsonNode;

import dev.diptych.engine.document.Binding;
import dev.diptych.engine.document.NodeSchema;
import dev.diptych.engine.document.PortSchema;
import dev.diptych.engine.document.PortType;
import dev.diptych.engine.document.Problems;
import dev.diptych.engine.document.WorkflowDocument;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/// Gives each source its type and each node its inputs, in the order of the vertices. What has a problem has no result,
/// and what needs it is passed over in silence: one mistake is told once.
final class Typing {
    private final Expansion expansion;
    private final Map<String, PortType> given;
    private final Problems problems;

    private final List<Plan.Step> steps = new ArrayList<>();
    private final SequencedMap<String, PortType> usedInputs = new LinkedHashMap<>();
    private final Map<Vertex.Runs, Ran> ran = new HashMap<>();
    private final Map<Vertex, Typed> passed = new HashMap<>();

    /// A source as one scope sees it.
    ///
    /// @param mapping where the outermost lists of its type come from, when an enclosing nested workflow is mapped
    record Typed(Plan.Source source, Mapping mapping) {
        PortType type() {
            return source.type();
        }

        /// As the document itself knows it: without the lists over which the whole document is mapped.
        PortType plainType() {
            return TypeRules.strip(type(), mapping.total());
        }
    }

    private record Ran(int step, NodeSchema schema, int depth, Mapping mapping) {}

    /// @param depth over how many lists the port is mapped by its own document
    private record Fitted(Typed typed, int depth) {}

    Typing(Expansion expansion, Map<String, PortType> given, Problems problems) {
        this.expansion = expansion;
        this.given = given;
        this.problems = problems;
    }

    List<Plan.Step> steps() {
        return steps;
    }

    SequencedMap<String, PortType> usedInputs() {
        return usedInputs;
    }

    void add(Vertex vertex) {
        switch (vertex) {
            case Vertex.Runs node -> addNode(node);
            case Vertex.Enters enters -> addEntering(enters);
            case Vertex.Leaves leaves -> addLeaving(leaves);
        }
    }

    private void addNode(Vertex.Runs vertex) {
        Scope scope = vertex.scope();
        NodeSchema schema = expansion.schema(scope, vertex.node()).orElse(null);
        if (schema == null) {
            return;
        }
        WorkflowDocument.Node node = Expansion.node(scope, vertex.node());
        Place place = Expansion.place(scope, vertex.node());
        SequencedMap<String, Plan.Source> inputs = new LinkedHashMap<>();
        Mapping mapping = Mapping.none(scope.level);
        int depth = 0;
        boolean isWhole = true;
        for (PortSchema port : schema.inputs().values()) {
            Place at = place.at(port.name());
            Binding binding = node.in().get(port.name());
            if (binding == null) {
                isWhole &= fillOpenPort(port, at, inputs);
                continue;
            }
            Fitted fitted = fit(scope, binding, port.type(), port.range(), at);
            Mapping joined = fitted == null ? null : mapping.join(fitted.typed.mapping);
            if (fitted == null) {
                isWhole = false;
            } else if (joined == null) {
                isWhole = false;
                cannotBeMapped(at, "its inputs come from lists at different levels of nested workflows.");
            } else {
                inputs.put(port.name(), fitted.typed.source);
                mapping = joined;
                depth = Math.max(depth, fitted.depth);
            }
        }
        if (isWhole && depth > 0 && mapping.total() > 0) {
            isWhole = false;
            cannotBeMapped(place, "this node is mapped over a list of the nested workflow's own.");
        }
        // Its declared outputs are known all the same, so that what follows is checked too.
        ran.put(vertex, new Ran(isWhole ? steps.size() : -1, schema, mapping.total() + depth, mapping));
        if (isWhole) {
            steps.add(new Plan.Step(scope.id(vertex.node()), schema, inputs, mapping.total() + depth));
        }
    }

    private boolean fillOpenPort(PortSchema port, Place at, SequencedMap<String, Plan.Source> inputs) {
        if (port.isRequired()) {
            problems.add(() ->
                    at.problem(
                            "engine/missing-input",
                            port.type().label() + " is needed, nothing is given.",
                            "Link it, or write a value."));
            return false;
        }
        JsonNode defaultValue = port.defaultValue();
        if (defaultValue != null) {
            inputs.put(port.name(), new Plan.Source.Constant(defaultValue, port.type()));
        }
        return true;
    }

    private void addEntering(Vertex.Enters enters) {
        Scope scope = enters.scope();
        WorkflowDocument.Input input = scope.document.inputs().get(enters.input());
        if (input == null) {
            return;
        }
        Binding binding = Expansion.boundOutside(scope, enters.input());
        if (binding == null) {
            JsonNode defaultValue = input.defaultValue();
            if (defaultValue != null) {
                passed.put(
                        enters,
                        new Typed(new Plan.Source.Constant(defaultValue, input.type()), Mapping.none(scope.level)));
            }
            return;
        }
        Place place = Expansion.placeOutside(scope).at(enters.input());
        Fitted fitted = fit(Expansion.outside(scope), binding, input.type(), input.range(), place);
        if (fitted != null) {
            passed.put(enters, new Typed(fitted.typed.source, fitted.typed.mapping.enter(fitted.depth)));
        }
    }

    private void addLeaving(Vertex.Leaves leaves) {
        Scope scope = leaves.scope();
        Binding binding = scope.document.outputs().get(leaves.output());
        if (binding == null) {
            return;
        }
        Typed typed = output(scope, binding, Expansion.placeOutside(scope).at(leaves.output()));
        if (typed != null) {
            passed.put(leaves, new Typed(typed.source, typed.mapping.leave()));
        }
    }

    /// The source of a declared output, whatever its type.
    @Nullable Typed output(Scope scope, Binding binding, Place place) {
        if (binding instanceof Binding.Literal) {
            problems.add(() ->
                    place.problem(
                            "engine/constant-output",
                            "A value is written where a result is needed.",
                            "Link the output to a node or to an input."));
            return null;
        }
        if (!(binding instanceof Binding.ListOf(List<Binding> elements))) {
            return typed(scope, binding);
        }
        Typed first = elements.isEmpty() ? null : output(scope, elements.getFirst(), place);
        if (elements.isEmpty()) {
            problems.add(() ->
                    place.problem("engine/empty-output", "The list is empty.", "Link at least one result into it."));
        }
        if (first == null) {
            return null;
        }
        Fitted fitted = fit(scope, binding, new PortType.ListOf(first.plainType()), null, place);
        return fitted == null ? null : fitted.typed;
    }

    private @Nullable Fitted fit(
            Scope scope, Binding binding, PortType port, PortSchema.@Nullable Bounds range, Place place) {
        return switch (binding) {
            case Binding.Literal(JsonNode value) -> fitLiteral(scope, value, port, range, place);
            case Binding.ListOf(List<Binding> elements) -> fitList(scope, elements, port, range, place);
            case Binding.Link _, Binding.Input _ -> {
                Typed typed = typed(scope, binding);
                if (typed == null) {
                    yield null;
                }
                int depth = TypeRules.depth(typed.plainType(), port);
                if (depth < 0) {
                    problems.add(() ->
                            place.problem(
                                    "engine/wrong-type",
                                    port.label()
                                            + " is needed, "
                                            + giver(binding)
                                            + " gives "
                                            + typed.plainType().label()
                                            + '.',
                                    remedy(typed.plainType(), port)));
                    yield null;
                }
                yield new Fitted(typed, depth);
            }
        };
    }

    private String remedy(PortType given, PortType needed) {
        if (TypeRules.depth(needed, given) > 0) {
            return "Put it in a list: {\"list\": [ … ]}.";
        }
        List<String> converters = expansion.converters(TypeRules.leaf(given), needed);
        return converters.isEmpty()
                ? "Link a node that gives " + needed.label() + '.'
                : "Insert " + String.join(" or ", converters) + '.';
    }

    private @Nullable Fitted fitLiteral(
            Scope scope, JsonNode value, PortType port, PortSchema.@Nullable Bounds range, Place place) {
        LiteralChecker.Checked checked = LiteralChecker.check(value, port, range);
        LiteralChecker.Complaint complaint = checked.complaint();
        if (complaint != null) {
            problems.add(() -> place.problem(complaint.code(), complaint.message(), complaint.next()));
            return null;
        }
        return new Fitted(
                new Typed(new Plan.Source.Constant(value, checked.type()), Mapping.none(scope.level)),
                TypeRules.lists(checked.type()) - TypeRules.lists(port));
    }

    private @Nullable Fitted fitList(
            Scope scope, List<Binding> elements, PortType port, PortSchema.@Nullable Bounds range, Place place) {
        boolean isListPort = port instanceof PortType.ListOf;
        PortType element = TypeRules.strip(port, 1);
        List<Plan.Source> sources = new ArrayList<>(elements.size());
        int depth = -1;
        boolean isWhole = true;
        for (Binding binding : elements) {
            Fitted fitted = fit(scope, binding, element, range, place);
            if (fitted == null) {
                isWhole = false;
                continue;
            }
            if (fitted.typed.mapping.total() > 0) {
                cannotBeMapped(place, "a list is put together here.");
                return null;
            }
            if (depth >= 0 && depth != fitted.depth) {
                problems.add(() ->
                        place.problem(
                                "engine/uneven-list",
                                "The list holds single values beside lists.",
                                "Let all its elements be lists, or none."));
                return null;
            }
            depth = fitted.depth;
            sources.add(fitted.typed.source);
        }
        if (!isWhole) {
            return null;
        }
        int inside = Math.max(depth, 0);
        PortType type = new PortType.ListOf(TypeRules.wrap(element, inside));
        return new Fitted(
                new Typed(new Plan.Source.Gathered(sources, type), Mapping.none(scope.level)),
                isListPort ? inside : inside + 1);
    }

    /// Null where a problem has been told.
    private @Nullable Typed typed(Scope scope, Binding binding) {
        if (binding instanceof Binding.Input(String name) && scope.parent == null) {
            WorkflowDocument.Input input = scope.document.inputs().get(name);
            if (input == null) {
                return null;
            }
            PortType type = given.getOrDefault(name, input.type());
            usedInputs.put(name, type);
            return new Typed(new Plan.Source.Given(name, type), Mapping.none(0));
        }
        Vertex target = expansion.target(scope, binding);
        if (!(target instanceof Vertex.Runs node)) {
            return target == null ? null : passed.get(target);
        }
        Ran result = ran.get(node);
        PortSchema port =
                result == null || !(binding instanceof Binding.Link link)
                        ? null
                        : result.schema.outputs().get(link.out());
        return result == null || port == null
                ? null
                : new Typed(
                        new Plan.Source.FromStep(result.step, port.name(), TypeRules.wrap(port.type(), result.depth)),
                        result.mapping);
    }

    private static String giver(Binding binding) {
        return switch (binding) {
            case Binding.Link(String node, String _) -> "node \"" + node + '"';
            case Binding.Input(String name) -> "the workflow's input \"" + name + '"';
            case Binding.Literal _ -> "the value";
            case Binding.ListOf _ -> "the list";
        };
    }

    private void cannotBeMapped(Place place, String reason) {
        problems.add(() ->
                place.problem(
                        "engine/cannot-map-workflow",
                        "The nested workflow is given a list where it declares one value, but " + reason,
                        "Give it one value, or declare a list as its input."));
    }
}
