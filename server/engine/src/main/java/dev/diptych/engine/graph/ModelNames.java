// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.graph;

import com.fasterxml.jackson.databind.JsonNode;

import dev.diptych.engine.document.Binding;
import dev.diptych.engine.document.NodeCatalog;
import dev.diptych.engine.document.NodeSchema;
import dev.diptych.engine.document.PortSchema;
import dev.diptych.engine.document.PortType;
import dev.diptych.engine.document.Problem;
import dev.diptych.engine.document.Shown;
import dev.diptych.engine.document.WorkflowDocument;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

/// Finds the names of models that are not installed, where that is known: a document stays valid when a model is taken away, but it cannot run.
public final class ModelNames {
    /// The code of such a problem.
    public static final String CODE = "engine/unknown-model";

    private final Function<String, Optional<String>> missing;

    /// @param missing for the name of a model that is not installed, what to do about it; empty for one that is
    public ModelNames(Function<String, Optional<String>> missing) {
        this.missing = missing;
    }

    /// Problems of what is going to run.
    ///
    /// @param inputs the values of the workflow's inputs
    public List<Problem> of(Plan plan, Map<String, JsonNode> inputs) {
        List<Problem> problems = new ArrayList<>();
        plan.inputs()
                .forEach((name, type) -> {
                    JsonNode value = inputs.get(name);
                    if (value != null) {
                        check(value, type, new Place(null, null, name), problems);
                    }
                });
        for (Plan.Step step : plan.nodes()) {
            step.inputs()
                    .forEach((port, source) ->
                            check(source, new Place(step.id(), step.schema().type(), port), problems));
        }
        return problems;
    }

    private void check(Plan.Source source, Place place, List<Problem> problems) {
        switch (source) {
            case Plan.Source.Constant constant -> check(constant.value(), constant.type(), place, problems);
            case Plan.Source.Gathered gathered ->
                    gathered.elements().forEach(element -> check(element, place, problems));
            case Plan.Source.Given _, Plan.Source.FromStep _ -> {}
        }
    }

    /// Problems of a document itself: of the defaults of its inputs, and of all its nodes.
    public List<Problem> of(WorkflowDocument document, NodeCatalog catalog) {
        return of(document, catalog, Map.of());
    }

    /// Problems of a document with other values than its defaults.
    ///
    /// @param given values of its inputs, by name
    public List<Problem> of(WorkflowDocument document, NodeCatalog catalog, Map<String, JsonNode> given) {
        List<Problem> problems = new ArrayList<>();
        document.inputs()
                .forEach((name, input) -> {
                    JsonNode value = given.getOrDefault(name, input.defaultValue());
                    if (value != null) {
                        check(value, input.type(), new Place(null, null, name), problems);
                    }
                });
        document.nodes()
                .forEach((id, node) -> {
                    Map<String, PortSchema> ports =
                            catalog.find(node.type()).<Map<String, PortSchema>>map(NodeSchema::inputs).orElse(Map.of());
                    node.in()
                            .forEach((name, binding) ->
                                    check(binding, ports.get(name), new Place(id, node.type(), name), problems));
                });
        return problems;
    }

    private void check(Binding binding, @Nullable PortSchema port, Place place, List<Problem> problems) {
        switch (binding) {
            case Binding.Literal literal when port != null -> check(literal.value(), port.type(), place, problems);
            case Binding.ListOf list -> list.elements().forEach(element -> check(element, port, place, problems));
            case Binding.Literal _, Binding.Input _, Binding.Link _ -> {}
        }
    }

    private void check(JsonNode value, PortType type, Place place, List<Problem> problems) {
        Map<String, String> remedies = new LinkedHashMap<>();
        eachName(value, type, name -> missing.apply(name).ifPresent(remedy -> remedies.put(name, remedy)));
        remedies.forEach((name, remedy) ->
                problems.add(place.problem(CODE, "There is no model \"" + Shown.text(name) + "\".", remedy)));
    }

    private static void eachName(JsonNode value, PortType type, Consumer<String> names) {
        if (value.isArray()) {
            value.forEach(element -> eachName(element, type, names));
        } else if (TypeRules.leaf(type) instanceof PortType.Declared declared) {
            declared.fields().forEach(field -> eachName(value.path(field.name()), field.type(), names));
        } else if (TypeRules.leaf(type) == PortType.Basic.MODEL) {
            JsonNode name = value.isObject() ? value.path("model") : value;
            if (name.isTextual()) {
                names.accept(name.textValue());
            }
            value.path("lora").forEach(adapter -> names.accept(adapter.path("model").asText()));
        }
    }
}
