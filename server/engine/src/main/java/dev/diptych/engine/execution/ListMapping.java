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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/// The calls that a step makes: one, or one for each element of the lists that it is mapped over. A seed advances by one for each call unless
/// its port is the same for all, or a list is wired to it.
final class ListMapping {
    private final Plan.Step step;
    private final Elements elements;
    private final List<Map<String, TypedValue>> calls = new ArrayList<>();

    /// @throws NodeException if lists have unequal lengths
    ListMapping(Plan.Step step, Map<String, TypedValue> inputs) {
        this.step = step;
        List<Elements.Part> parts = new ArrayList<>(inputs.size());
        inputs.forEach((port, value) -> parts.add(new Elements.Part(port, value, levels(port))));
        elements = new Elements(parts, step.depth(), step.around());
        for (Elements.Element element : elements.all()) {
            Map<String, TypedValue> call = new LinkedHashMap<>();
            for (int i = 0; i < parts.size(); i++) {
                String port = parts.get(i).name();
                TypedValue value = element.values().get(i);
                call.put(port, advances(port, value) ? advanced(value, element.number()) : value);
            }
            calls.add(call);
        }
    }

    /// The inputs of each call.
    List<Map<String, TypedValue>> calls() {
        return calls;
    }

    private List<Integer> levels(String port) {
        return step.levels().getOrDefault(port, List.of());
    }

    private boolean advances(String port, TypedValue value) {
        PortSchema schema = step.schema().inputs().get(port);
        return value.value() instanceof Seed
                && schema != null
                && !schema.isSameForAll()
                && levels(port).stream().noneMatch(level -> level >= step.around());
    }

    private static TypedValue advanced(TypedValue seed, int number) {
        return number == 0 ? seed : ValueCodec.typed(seed.type(), ((Seed) seed.value()).plus(number));
    }

    /// The outputs of all calls as the outputs of the step.
    Map<String, TypedValue> gathered(List<Map<String, TypedValue>> results) {
        Map<String, TypedValue> outputs = new LinkedHashMap<>();
        for (PortSchema port : step.schema().outputs().values()) {
            outputs.put(
                    port.name(),
                    elements.gathered(
                            port.type(), call -> java.util.Objects.requireNonNull(results.get(call).get(port.name()))));
        }
        return outputs;
    }

    /// Puts several sources together, for each element of the lists that they are mapped over.
    ///
    /// @throws NodeException if lists have unequal lengths
    static TypedValue combined(Plan.Source.Gathered gathered, Function<Plan.Source, TypedValue> values) {
        PortType type = gathered.type();
        for (int i = 0; i < gathered.depth(); i++) {
            type = ((PortType.ListOf) type).element();
        }
        PortType made = type;
        int around = gathered.how() instanceof Plan.Combining.AdvancingSeed(int levels) ? levels : 0;
        Elements elements = Elements.of(gathered, around, values);
        return elements.gathered(
                made,
                index -> {
                    Elements.Element element = elements.all().get(index);
                    return switch (gathered.how()) {
                        case Plan.Combining.InList _ -> ValueCodec.listOf((PortType.ListOf) made, element.values());
                        case Plan.Combining.First _ -> element.values().getFirst();
                        case Plan.Combining.AdvancingSeed _ -> advanced(element.values().getFirst(), element.number());
                    };
                });
    }
}
