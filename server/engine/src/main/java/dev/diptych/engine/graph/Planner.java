// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.graph;

import dev.diptych.engine.document.Binding;
import dev.diptych.engine.document.DocumentException;
import dev.diptych.engine.document.NodeCatalog;
import dev.diptych.engine.document.PortType;
import dev.diptych.engine.document.Problem;
import dev.diptych.engine.document.Problems;
import dev.diptych.engine.document.Shown;
import dev.diptych.engine.document.Suggestion;
import dev.diptych.engine.document.WorkflowDocument;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.function.Function;

/// Works out what must run for a document's outputs. Time and memory grow with nodes and links, the stack does not.
public final class Planner {
    private final NodeCatalog catalog;
    private final Function<String, Optional<WorkflowDocument>> workflows;
    private final Limits limits;

    /// @param workflows finds a nested workflow by `name@revision`
    public Planner(NodeCatalog catalog, Function<String, Optional<WorkflowDocument>> workflows, Limits limits) {
        this.catalog = catalog;
        this.workflows = workflows;
        this.limits = limits;
    }

    /// Plans for inputs of the declared types.
    ///
    /// @param requestedOutputs names of outputs; all when empty
    /// @throws DocumentException with all problems of the nodes that are needed
    public Plan plan(WorkflowDocument document, Set<String> requestedOutputs) {
        return plan(document, requestedOutputs, Map.of());
    }

    /// @param givenTypes types of given inputs as [InputChecker] finds them: a list of values runs the workflow for each
    /// @throws DocumentException with all problems of the nodes that are needed
    public Plan plan(WorkflowDocument document, Set<String> requestedOutputs, Map<String, PortType> givenTypes) {
        Problems problems = new Problems(limits.problems());
        checkRequested(document, requestedOutputs, problems);
        Plan plan = plan(document, requestedOutputs, givenTypes, Extent.NEEDED, problems);
        problems.throwIfAny();
        return plan;
    }

    private static void checkRequested(WorkflowDocument document, Set<String> requestedOutputs, Problems problems) {
        for (String name : requestedOutputs) {
            if (!document.outputs().containsKey(name)) {
                problems.add(() ->
                        new Problem(
                                "engine/unknown-output",
                                null,
                                null,
                                Shown.text(name),
                                "The workflow has no such output.",
                                Suggestion.sentence(name, document.outputs().keySet())));
            }
        }
    }

    /// All problems of a document, also of nodes that no output needs. Empty: every output can be planned.
    public List<Problem> validate(WorkflowDocument document) {
        return problems(document, Set.of(), Map.of()).list();
    }

    /// All problems of a document: those of what is requested first, then those of all its other outputs and nodes.
    ///
    /// @param requestedOutputs names of outputs; all when empty
    /// @param givenTypes       types of given inputs as [InputChecker] finds them
    public Problems problems(
            WorkflowDocument document, Set<String> requestedOutputs, Map<String, PortType> givenTypes) {
        return problems(document, requestedOutputs, givenTypes, Extent.WHOLE);
    }

    /// All problems that keep a document from being stored: a node whose type is not installed stays as it is.
    public Problems problemsOfKnownNodes(WorkflowDocument document) {
        return problems(document, Set.of(), Map.of(), Extent.WHOLE_BUT_UNKNOWN);
    }

    private Problems problems(
            WorkflowDocument document, Set<String> requestedOutputs, Map<String, PortType> givenTypes, Extent extent) {
        Problems problems = new Problems(limits.problems());
        checkRequested(document, requestedOutputs, problems);
        try {
            plan(document, requestedOutputs, givenTypes, extent, problems);
            return problems;
        } catch (DocumentException e) {
            Problems tooLarge = new Problems(limits.problems());
            tooLarge.addAll(e);
            return tooLarge;
        }
    }

    /// Which part of a document is looked at.
    private enum Extent {
        NEEDED,
        WHOLE,
        WHOLE_BUT_UNKNOWN
    }

    private Plan plan(
            WorkflowDocument written,
            Set<String> requested,
            Map<String, PortType> givenTypes,
            Extent extent,
            Problems problems) {
        if (written.nodes().size() > limits.nodes()) {
            throw Expansion.tooLarge("nodes", limits.nodes());
        }
        WorkflowDocument document = new Migrations(catalog).upgrade(written).document();
        InputChecker.checkDefaults(document, "", problems);
        Scope root = Scope.root(document);
        Expansion expansion = new Expansion(catalog, workflows, limits, extent == Extent.WHOLE_BUT_UNKNOWN, problems);
        List<Vertex> roots = new ArrayList<>();
        SequencedMap<String, Binding> outputs = new LinkedHashMap<>();
        document.outputs()
                .forEach((name, binding) -> {
                    if (requested.isEmpty() || requested.contains(name)) {
                        outputs.put(name, binding);
                    }
                });
        if (extent != Extent.NEEDED) {
            document.outputs().forEach(outputs::putIfAbsent);
        }
        outputs.forEach((name, binding) -> expansion.follow(root, binding, new Place(null, null, name), roots));
        if (extent != Extent.NEEDED) {
            document.nodes().keySet().forEach(id -> addWhole(root, id, expansion, roots));
        }
        Typing typing = new Typing(expansion, givenTypes, limits, problems);
        new Order(expansion, problems).from(roots).forEach(typing::add);
        SequencedMap<String, Plan.Output> planned = new LinkedHashMap<>();
        outputs.forEach((name, binding) -> {
            Typing.Typed typed = typing.output(root, binding, new Place(null, null, name));
            if (typed != null) {
                planned.put(name, new Plan.Output(typing.used(typed.source()), typed.type()));
            }
        });
        return problems.isEmpty()
                ? Needed.of(typing.steps(), planned)
                : new Plan(new LinkedHashMap<>(), List.of(), new LinkedHashMap<>()); // never used: the problems are
    }

    private static void addWhole(Scope root, String id, Expansion expansion, List<Vertex> roots) {
        if (!NestedName.isNested(Expansion.node(root, id).type())) {
            roots.add(new Vertex.Runs(root, id));
            return;
        }
        expansion
                .child(root, id)
                .ifPresent(child -> {
                    roots.add(new Vertex.Enters(child));
                    child.document.outputs().keySet().forEach(output -> roots.add(new Vertex.Leaves(child, output)));
                });
    }
}
