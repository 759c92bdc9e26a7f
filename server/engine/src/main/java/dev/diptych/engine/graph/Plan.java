// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.graph;

import com.fasterxml.jackson.databind.JsonNode;

import dev.diptych.engine.document.NodeSchema;
import dev.diptych.engine.document.PortType;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import java.util.stream.Collectors;

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

    /// Digests of the plugins that its nodes are of: whoever has all of these can run it.
    public Set<String> plugins() {
        return nodes.stream().map(step -> step.schema().pluginDigest()).collect(Collectors.toUnmodifiableSet());
    }

    /// One node to run.
    ///
    /// @param id     the document's; of a node inside a nested workflow `outer/inner`
    /// @param inputs every port of the schema that has a value; an absent optional port is not in the map
    /// @param levels for each input, which levels its outermost lists are, ascending; no more than `depth`
    /// @param depth  how many list levels the node is mapped over; 0: it runs once
    /// @param around how many of these, the outermost, are because a nested workflow around the node is mapped: no seed advances over them
    public record Step(
            String id,
            NodeSchema schema,
            SequencedMap<String, Source> inputs,
            Map<String, List<Integer>> levels,
            int depth,
            int around) {
        public Step {
            levels = Map.copyOf(levels);
        }
    }

    /// Where a value comes from.
    public sealed interface Source {
        /// A literal, already checked against the type.
        record Constant(JsonNode value, PortType type) implements Source {}

        /// The value given for a workflow input.
        record Given(String input, PortType type) implements Source {}

        /// An output of an earlier step, by its index in [Plan#nodes].
        record FromStep(int step, String port, PortType type) implements Source {}

        /// Several sources put together, once for each element of the lists that they are mapped over, which go in step.
        ///
        /// @param depth how many list levels they are mapped over
        record Gathered(Combining how, List<Part> parts, int depth, PortType type) implements Source {
            public Gathered {
                parts = List.copyOf(parts);
            }

            public List<Source> elements() {
                return parts.stream().map(Part::source).toList();
            }
        }

        /// With the lists that mapping adds.
        PortType type();
    }

    /// One of several sources.
    ///
    /// @param name   for messages
    /// @param levels which levels the source's outermost lists are, ascending
    public record Part(String name, Source source, List<Integer> levels) {
        public Part {
            levels = List.copyOf(levels);
        }
    }

    /// What is made of the parts.
    public sealed interface Combining {
        /// A list of them all.
        record InList() implements Combining {}

        /// The first of them; the others only say for how many elements.
        record First() implements Combining {}

        /// The first of them, a seed, advanced by one for each element.
        ///
        /// @param around over how many of the outermost levels it does not advance
        record AdvancingSeed(int around) implements Combining {}
    }

    /// @param type with the lists that mapping adds
    public record Output(Source source, PortType type) {}

    /// The step that has this id, or null.
    public @Nullable Step step(String id) {
        return nodes.stream().filter(step -> step.id().equals(id)).findFirst().orElse(null);
    }
}
