// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.execution;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.value.Seed;
import dev.diptych.engine.document.PortSchema;
import dev.diptych.engine.document.PortType;
import dev.diptych.engine.graph.Plan;
import dev.diptych.engine.value.TypedValue;
import dev.diptych.engine.value.ValueCodec;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The calls that a step makes: one, or one for each element of the lists that it is mapped over. Lists go in step, outermost levels first; a single value and a list
/// of one are repeated; a seed advances by one for each call unless its port is the same for all, or a list is wired to it.
final class ListMapping {
    /// How the calls' outputs are put together again.
    sealed interface Shape {
        record Call(int index) implements Shape {}

        record Elements(List<Shape> shapes) implements Shape {}
    }

    private final Plan.Step step;
    private final List<Map<String, TypedValue>> calls = new ArrayList<>();
    private final Shape shape;

    /// @throws NodeException if lists have unequal lengths
    ListMapping(Plan.Step step, Map<String, TypedValue> inputs) {
        this.step = step;
        Map<String, Integer> levels = new HashMap<>();
        inputs.forEach((port, value) -> levels.put(port, excess(port, value)));
        shape = expand(inputs, levels, step.depth());
    }

    /// The inputs of each call.
    List<Map<String, TypedValue>> calls() {
        return calls;
    }

    private int excess(String port, TypedValue value) {
        return Math.max(0, lists(value.type()) - lists(schema(port).type()));
    }

    private PortSchema schema(String port) {
        PortSchema schema = step.schema().inputs().get(port);
        if (schema == null) {
            throw new IllegalStateException(
                    "The plan gives " + step.id() + " a value for \"" + port + "\", which it has not");
        }
        return schema;
    }

    private static int lists(PortType type) {
        int lists = 0;
        for (PortType inner = type; inner instanceof PortType.ListOf list; inner = list.element()) {
            lists++;
        }
        return lists;
    }

    private Shape expand(Map<String, TypedValue> inputs, Map<String, Integer> levels, int depth) {
        if (depth == 0) {
            calls.add(withOwnSeeds(inputs, calls.size()));
            return new Shape.Call(calls.size() - 1);
        }
        int length = length(inputs, levels);
        List<Shape> shapes = new ArrayList<>(length);
        Map<String, Integer> inner = new HashMap<>(levels);
        inner.replaceAll((_, level) -> Math.max(0, level - 1));
        for (int i = 0; i < length; i++) {
            Map<String, TypedValue> element = new LinkedHashMap<>();
            for (Map.Entry<String, TypedValue> input : inputs.entrySet()) {
                boolean isStepping = levels.getOrDefault(input.getKey(), 0) > 0;
                element.put(input.getKey(), isStepping ? element(input.getValue(), i) : input.getValue());
            }
            shapes.add(expand(element, inner, depth - 1));
        }
        return new Shape.Elements(shapes);
    }

    private static TypedValue element(TypedValue list, int index) {
        List<?> values = (List<?>) list.value();
        return ValueCodec.typed(((PortType.ListOf) list.type()).element(), values.get(values.size() == 1 ? 0 : index));
    }

    private int length(Map<String, TypedValue> inputs, Map<String, Integer> levels) {
        int length = 1;
        String longest = "";
        boolean isEmpty = false;
        for (Map.Entry<String, TypedValue> input : inputs.entrySet()) {
            if (levels.getOrDefault(input.getKey(), 0) == 0) {
                continue;
            }
            int size = ((List<?>) input.getValue().value()).size();
            isEmpty |= size == 0;
            if (size > 1 && length > 1 && size != length) {
                throw NodeException.user(
                                "engine/unequal-lists",
                                "\"%s\" has %d elements, \"%s\" has %d.",
                                longest,
                                length,
                                input.getKey(),
                                size)
                        .next("Lists go in step: give them equal lengths, or one element.");
            }
            if (size > 1) {
                length = size;
                longest = input.getKey();
            }
        }
        return isEmpty ? 0 : length;
    }

    private Map<String, TypedValue> withOwnSeeds(Map<String, TypedValue> inputs, int index) {
        if (step.depth() == 0 || index == 0) {
            return inputs;
        }
        Map<String, TypedValue> own = new LinkedHashMap<>(inputs);
        own.replaceAll((port, value) -> {
            Plan.Source source = step.inputs().get(port);
            boolean advances =
                    value.value() instanceof Seed
                            && !schema(port).isSameForAll()
                            && source != null
                            && !(source.type() instanceof PortType.ListOf);
            return advances ? ValueCodec.typed(value.type(), ((Seed) value.value()).plus(index)) : value;
        });
        return own;
    }

    /// The outputs of all calls as the outputs of the step.
    Map<String, TypedValue> gathered(List<Map<String, TypedValue>> results) {
        Map<String, TypedValue> outputs = new LinkedHashMap<>();
        for (PortSchema port : step.schema().outputs().values()) {
            outputs.put(port.name(), gathered(shape, port, results, step.depth()));
        }
        return outputs;
    }

    private static TypedValue gathered(Shape shape, PortSchema port, List<Map<String, TypedValue>> results, int depth) {
        return switch (shape) {
            case Shape.Call call -> java.util.Objects.requireNonNull(results.get(call.index()).get(port.name()));
            case Shape.Elements elements -> {
                PortType type = port.type();
                for (int i = 0; i < depth; i++) {
                    type = new PortType.ListOf(type);
                }
                yield ValueCodec.listOf(
                        (PortType.ListOf) type,
                        elements.shapes().stream().map(inner -> gathered(inner, port, results, depth - 1)).toList());
            }
        };
    }
}
