// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.graph;

import com.fasterxml.jackson.databind.JsonNode;

import dev.diptych.engine.document.DocumentException;
import dev.diptych.engine.document.NodeCatalog;
import dev.diptych.engine.document.PortType;
import dev.diptych.engine.document.Problem;
import dev.diptych.engine.document.Problems;
import dev.diptych.engine.document.WorkflowDocument;

import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/// Checks everything about a run that can be checked before a node runs: the inputs that are given, the graph, the names of models. A run that
/// is refused is told all of its problems at once, whichever of these they belong to.
public final class RunPlanner {
    private final NodeCatalog catalog;
    private final Planner planner;
    private final ModelNames models;

    /// @param planner over the same catalog
    public RunPlanner(NodeCatalog catalog, Planner planner, ModelNames models) {
        this.catalog = catalog;
        this.planner = planner;
        this.models = models;
    }

    /// What can run.
    public record Prepared(Plan plan, InputChecker.CheckedInputs inputs) {}

    /// @param document         brought forward by [Migrations]
    /// @param given            values of its inputs, by name
    /// @param requestedOutputs names of outputs; all when empty
    /// @throws DocumentException with the problems of inputs and of nodes that are needed, and after these all others that the document has
    public Prepared prepare(WorkflowDocument document, Map<String, JsonNode> given, Set<String> requestedOutputs) {
        Problems problems = new Problems();
        InputChecker.CheckedInputs inputs = null;
        try {
            inputs = new InputChecker().check(document, given);
        } catch (DocumentException e) {
            problems.addAll(e);
        }
        Map<String, PortType> types = inputs == null ? Map.of() : inputs.types();
        Set<Problem> unknownModels = new LinkedHashSet<>();
        try {
            Plan plan = planner.plan(document, requestedOutputs, types);
            unknownModels.addAll(models.of(plan, inputs == null ? given : inputs.values()));
            if (inputs != null && unknownModels.isEmpty()) {
                return new Prepared(plan, inputs);
            }
        } catch (DocumentException _) {
            // its problems are found again, before those of what is not needed
        }
        problems.addAll(planner.problems(document, requestedOutputs, types));
        unknownModels.addAll(models.of(document, catalog, given));
        unknownModels.forEach(problems::add);
        problems.throwIfAny();
        throw new IllegalStateException("A plan is refused, and the document has no problem");
    }
}
