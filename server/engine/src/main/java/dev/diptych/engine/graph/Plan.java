// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.graph;

import com.fasterxml.jackson.databind.JsonNode;

import dev.diptych.engine.document.NodeSchema;
import dev.diptych.engine.document.PortType;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.SequencedMap;

/// What must run for the requested outputs: nodes in an order in which each follows all it links to, nested workflows expanded, literals checked,
/// defaults filled in, workflow inputs replaced by sources of kind [Source.Given].
///
/// @param inputs  the workflow inputs that are used, by name, with their types
/// @param nodes   each links only to nodes before it
/// @param outputs the requested outputs in the document's order
public record Plan(SequencedMap<String, PortType> inputs, List<Step> nodes, SequencedMap<String, Output> outputs) {
    public Plan {
        nodes = List.copyOf(nodes);
    }

    /// One node to run.
    ///
    /// @param id     the document's; of a node inside a nested workflow `outer/inner`
    /// @param inputs every port of the schema that has a value; an absent optional port is not in the map
    /// @param depth  how many list levels the node is mapped over; 0: it runs once
    public record Step(String id, NodeSchema schema, SequencedMap<String, Source> inputs, int depth) {}

    /// Where a value comes from.
    public sealed interface Source {
        /// A literal, already checked against the type.
        record Constant(JsonNode value, PortType type) implements Source {}

        /// The value given for a workflow input.
        record Given(String input, PortType type) implements Source {}

        /// An output of an earlier step, by its index in [Plan#nodes].
        record FromStep(int step, String port, PortType type) implements Source {}

        /// A list put together from several sources.
        record Gathered(List<Source> elements, PortType type) implements Source {
            public Gathered {
                elements = List.copyOf(elements);
            }
        }

        /// With the lists that mapping adds.
        PortType type();
    }

    /// @param type with the lists that mapping adds
    public record Output(Source source, PortType type) {}

    /// The step that has this id, or null.
    public @Nullable Step step(String id) {
        return nodes.stream().filter(step -> step.id().equals(id)).findFirst().orElse(null);
    }
}
