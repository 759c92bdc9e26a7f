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
    private final Map<Vertex.Runs, Ran> ran = new HashMap<>();
    private final Map<Scope, Border> borders = new HashMap<>();
    private final Map<Vertex.Leaves, Typed> left = new HashMap<>();
    private final GatheredSizes sizes;

    /// A source as one scope sees it.
    ///
    /// @param mapping where the outermost lists of its type come from, when a workflow around it is run over lists
    record Typed(Plan.Source source, Mapping mapping) {
        PortType type() {
            return source.type();
        }

        /// As the document itself knows it: without the lists over which the whole document is run.
        PortType plainType() {
            return TypeRules.strip(type(), mapping.total());
        }
    }

    private record Ran(int step, NodeSchema schema, int depth, Mapping mapping) {}

    /// @param depth over how many lists the port is mapped by its own document
    private record Fitted(Typed typed, int depth) {
        Plan.Part part(String name, Mapping joined) {
            return new Plan.Part(name, typed.source, typed.mapping.levelsIn(joined, depth));
        }
    }

    /// The inputs of a nested workflow.
    ///
    /// @param inputs  as the workflow sees them; what has a problem is not among them
    /// @param mapped  those that hold a list where one value is declared, as the parent sees them
    /// @param mapping of what depends on all of these
    private record Border(Map<String, Typed> inputs, SequencedMap<String, Fitted> mapped, Mapping mapping) {}

    Typing(Expansion expansion, Map<String, PortType> given, Limits limits, Problems problems) {
        this.expansion = expansion;
        this.given = given;
        this.sizes = new GatheredSizes(limits.links());
        this.problems = problems;
    }

    List<Plan.Step> steps() {
        return steps;
    }

    /// Counts a source that an output of the outermost workflow uses.
    Plan.Source used(Plan.Source source) {
        return sizes.used(source);
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
        SequencedMap<String, Fitted> linked = new LinkedHashMap<>();
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
            if (fitted == null) {
                isWhole = false;
            } else {
                inputs.put(port.name(), sizes.used(fitted.typed.source));
                linked.put(port.name(), fitted);
                mapping = mapping.join(fitted.typed.mapping);
                depth = Math.max(depth, fitted.depth);
            }
        }
        int lists = mapping.total() + depth;
        // Its declared outputs are known all the same, so that what follows is checked too.
        ran.put(vertex, new Ran(isWhole ? steps.size() : -1, schema, lists, mapping));
        if (isWhole) {
            Map<String, List<Integer>> levels = new HashMap<>();
            for (Map.Entry<String, Fitted> input : linked.entrySet()) {
                Fitted fitted = input.getValue();
                levels.put(input.getKey(), fitted.typed.mapping.levelsIn(mapping, fitted.depth));
            }
            steps.add(new Plan.Step(scope.id(vertex.node()), schema, inputs, levels, lists, around(scope, mapping)));
        }
    }

    /// Over how many outermost lists a seed in this workflow stays as it is: a nested workflow gives equal results for equal inputs,
    /// so its seeds advance when they enter, and only then.
    private static int around(Scope scope, Mapping mapping) {
        return scope.parent == null ? 0 : mapping.total();
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
        Scope outside = Expansion.outside(scope);
        SequencedMap<String, Fitted> bound = new LinkedHashMap<>();
        SequencedMap<String, Fitted> mapped = new LinkedHashMap<>();
        Mapping mapping = Mapping.none(outside.level);
        int depth = 0;
        for (Map.Entry<String, WorkflowDocument.Input> input : scope.document.inputs().entrySet()) {
            Fitted fitted = fitInput(scope, outside, input.getKey(), input.getValue());
            if (fitted != null) {
                bound.put(input.getKey(), fitted);
                mapping = mapping.join(fitted.typed.mapping);
                depth = Math.max(depth, fitted.depth);
                if (fitted.depth > 0) {
                    mapped.put(input.getKey(), fitted);
                }
            }
        }
        Map<String, Typed> inputs = new HashMap<>();
        Mapping entered = mapping.enter(depth);
        for (Map.Entry<String, Fitted> input : bound.entrySet()) {
            Fitted fitted = input.getValue();
            WorkflowDocument.Input declared = scope.document.inputs().get(input.getKey());
            boolean isSeed = declared != null && declared.type() == PortType.Basic.SEED;
            Typed advancing = isSeed ? advancing(input.getKey(), fitted, bound, mapping, depth, outside) : null;
            inputs.put(
                    input.getKey(),
                    advancing == null
                            ? new Typed(fitted.typed.source, fitted.typed.mapping.enter(fitted.depth))
                            : advancing);
        }
        borders.put(scope, new Border(inputs, mapped, entered));
    }

    private @Nullable Fitted fitInput(Scope scope, Scope outside, String name, WorkflowDocument.Input input) {
        Binding binding = Expansion.boundOutside(scope, name);
        if (binding != null) {
            return fit(outside, binding, input.type(), input.range(), Expansion.placeOutside(scope).at(name));
        }
        JsonNode defaultValue = input.defaultValue();
        return defaultValue == null
                ? null
                : new Fitted(
                        new Typed(new Plan.Source.Constant(defaultValue, input.type()), Mapping.none(outside.level)),
                        0);
    }

    /// A seed as it enters a workflow that is mapped, one for each element; null if it does not advance.
    private @Nullable Typed advancing(
            String name, Fitted seed, SequencedMap<String, Fitted> inputs, Mapping mapping, int depth, Scope outside) {
        int lists = mapping.total() + depth;
        int around = around(outside, mapping);
        Plan.Part first = seed.part(name, mapping);
        if (lists == around || first.levels().stream().anyMatch(level -> level >= around)) {
            return null;
        }
        List<Plan.Part> parts = new ArrayList<>(List.of(first));
        inputs.forEach((other, fitted) -> {
            Plan.Part part = fitted.part(other, mapping);
            if (!part.levels().isEmpty() && !other.equals(name)) {
                parts.add(part);
            }
        });
        Plan.Source source =
                sizes.made(
                        new Plan.Source.Gathered(
                                new Plan.Combining.AdvancingSeed(around),
                                parts,
                                lists,
                                TypeRules.wrap(PortType.Basic.SEED, lists)));
        return new Typed(source, mapping.enter(depth));
    }

    private void addLeaving(Vertex.Leaves leaves) {
        Scope scope = leaves.scope();
        Binding binding = scope.document.outputs().get(leaves.output());
        Border border = borders.get(scope);
        if (binding == null || border == null) {
            return;
        }
        Typed typed = output(scope, binding, Expansion.placeOutside(scope).at(leaves.output()));
        if (typed != null) {
            Typed whole = forEachElement(leaves.output(), typed, border);
            left.put(leaves, new Typed(whole.source, whole.mapping.leave()));
        }
    }

    /// An output of a workflow that is mapped: a result for each element, also where it does not depend on what is mapped.
    private Typed forEachElement(String name, Typed output, Border border) {
        int depth = border.mapping.innermost();
        if (depth == 0 || output.mapping.innermost() == depth && border.mapped.size() == 1) {
            return output;
        }
        Mapping joined = output.mapping;
        for (Fitted input : border.mapped.values()) {
            joined = joined.join(input.typed.mapping.enter(input.depth));
        }
        List<Plan.Part> parts = new ArrayList<>();
        parts.add(new Plan.Part(name, output.source, output.mapping.levelsIn(joined, 0)));
        for (Map.Entry<String, Fitted> input : border.mapped.entrySet()) {
            Fitted fitted = input.getValue();
            parts.add(
                    new Plan.Part(
                            input.getKey(),
                            fitted.typed.source,
                            fitted.typed.mapping.enter(fitted.depth).levelsIn(joined, 0)));
        }
        PortType type = TypeRules.wrap(output.plainType(), joined.total());
        return new Typed(
                sizes.made(new Plan.Source.Gathered(new Plan.Combining.First(), parts, joined.total(), type)), joined);
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
        List<Fitted> fittedElements = new ArrayList<>(elements.size());
        Mapping mapping = Mapping.none(scope.level);
        for (Binding binding : elements) {
            Fitted fitted = fit(scope, binding, element, range, place);
            if (fitted != null) {
                fittedElements.add(fitted);
                mapping = mapping.join(fitted.typed.mapping);
            }
        }
        if (fittedElements.size() < elements.size()) {
            return null;
        }
        int inside = fittedElements.isEmpty() ? 0 : fittedElements.getFirst().depth;
        if (fittedElements.stream().anyMatch(fitted -> fitted.depth != inside)) {
            problems.add(() ->
                    place.problem(
                            "engine/uneven-list",
                            "The list holds single values beside lists.",
                            "Let all its elements be lists, or none."));
            return null;
        }
        List<Plan.Part> parts = new ArrayList<>(elements.size());
        for (Fitted fitted : fittedElements) {
            parts.add(
                    new Plan.Part(
                            "element " + (parts.size() + 1) + " of a list",
                            fitted.typed.source,
                            fitted.typed.mapping.levelsIn(mapping, 0)));
        }
        PortType type = TypeRules.wrap(new PortType.ListOf(TypeRules.wrap(element, inside)), mapping.total());
        Plan.Source source =
                sizes.made(new Plan.Source.Gathered(new Plan.Combining.InList(), parts, mapping.total(), type));
        return new Fitted(new Typed(source, mapping), isListPort ? inside : inside + 1);
    }

    /// Null where a problem has been told.
    private @Nullable Typed typed(Scope scope, Binding binding) {
        return switch (binding) {
            case Binding.Input(String name) when scope.parent == null -> {
                WorkflowDocument.Input input = scope.document.inputs().get(name);
                if (input == null) {
                    yield null;
                }
                PortType type = given.getOrDefault(name, input.type());
                yield new Typed(
                        new Plan.Source.Given(name, type),
                        Mapping.outermost(TypeRules.lists(type) - TypeRules.lists(input.type())));
            }
            case Binding.Input(String name) -> {
                Border border = borders.get(scope);
                yield border == null ? null : border.inputs.get(name);
            }
            case Binding.Link(String _, String out) ->
                    switch (expansion.target(scope, binding)) {
                        case Vertex.Leaves leaves -> left.get(leaves);
                        case Vertex.Runs node -> result(node, out);
                        case Vertex.Enters _ -> null;
                        case null -> null;
                    };
            case Binding.Literal _, Binding.ListOf _ -> null;
        };
    }

    private @Nullable Typed result(Vertex.Runs node, String out) {
        Ran result = ran.get(node);
        PortSchema port = result == null ? null : result.schema.outputs().get(out);
        return result == null || port == null
                ? null
                : new Typed(
                        new Plan.Source.FromStep(result.step, out, TypeRules.wrap(port.type(), result.depth)),
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
}
