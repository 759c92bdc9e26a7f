// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.execution;

import com.fasterxml.jackson.databind.JsonNode;

import dev.diptych.engine.document.PortType;
import dev.diptych.engine.graph.Plan;
import dev.diptych.engine.value.Literals;
import dev.diptych.engine.value.TypedValue;

import org.jspecify.annotations.Nullable;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.function.IntFunction;

/// What the sources of a run stand for: literals and given inputs, each read once, and what nodes gave. Not thread-safe.
final class SourceValues {
    private final Literals literals;
    private final Map<String, JsonNode> given;
    private final IntFunction<@Nullable Map<String, TypedValue>> outputs;
    private final Map<Object, TypedValue> constants = new IdentityHashMap<>();
    private final Map<String, TypedValue> inputs = new HashMap<>();
    private final Breakable reading = new Breakable();

    /// @param given   checked literals of the plan's inputs
    /// @param outputs of each step, null while it has none
    SourceValues(
            Literals literals, Map<String, JsonNode> given, IntFunction<@Nullable Map<String, TypedValue>> outputs) {
        this.literals = literals;
        this.given = given;
        this.outputs = outputs;
    }

    /// @throws dev.diptych.api.error.NodeException if a literal cannot be read, or lists differ in length
    TypedValue value(Plan.Source source) {
        return switch (source) {
            case Plan.Source.Constant constant -> {
                TypedValue known = constants.get(constant);
                if (known == null) {
                    known = read(constant.value(), constant.type());
                    constants.put(constant, known);
                }
                yield known;
            }
            case Plan.Source.Given input -> {
                TypedValue known = inputs.get(input.input());
                if (known == null) {
                    known = read(Objects.requireNonNull(given.get(input.input())), input.type());
                    inputs.put(input.input(), known);
                }
                yield known;
            }
            case Plan.Source.FromStep from ->
                    Objects.requireNonNull(Objects.requireNonNull(outputs.apply(from.step())).get(from.port()));
            case Plan.Source.Gathered gathered -> ListMapping.combined(gathered, this::value);
        };
    }

    private TypedValue read(JsonNode literal, PortType type) {
        return reading.call(() -> literals.value(literal, type));
    }

    /// Waits for no asset any more: to read one fails. From any thread.
    void breakOff() {
        reading.breakOff();
    }

    /// The first step without outputs that any of the sources needs.
    OptionalInt missing(Collection<Plan.Source> sources) {
        ArrayDeque<Plan.Source> open = new ArrayDeque<>(sources);
        for (Plan.Source next = open.poll(); next != null; next = open.poll()) {
            if (next instanceof Plan.Source.FromStep from && outputs.apply(from.step()) == null) {
                return OptionalInt.of(from.step());
            }
            if (next instanceof Plan.Source.Gathered gathered) {
                gathered.elements().reversed().forEach(open::push);
            }
        }
        return OptionalInt.empty();
    }
}
