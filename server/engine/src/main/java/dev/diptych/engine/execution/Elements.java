// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.execution;

import dev.diptych.api.error.NodeException;
import dev.diptych.engine.document.PortType;
import dev.diptych.engine.graph.Plan;
import dev.diptych.engine.value.TypedValue;
import dev.diptych.engine.value.ValueCodec;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/// Takes values apart that are mapped over levels of lists. At each level the lists that have it go in step; a list of one is repeated, and so is
/// a value that lacks the level; an empty list leaves no elements.
final class Elements {
    private static final int MOST = 100_000;

    private final List<Part> parts;
    private final int depth;
    private final int around;
    private final List<Element> all = new ArrayList<>();
    private final Shape shape;

    /// @param levels which levels the outermost lists of the value are, ascending
    record Part(String name, TypedValue value, List<Integer> levels) {}

    /// @param values one of each part
    /// @param number counted from 0 anew wherever a level above the first `around` begins
    record Element(List<TypedValue> values, int number) {}

    /// How the elements lie in lists.
    private sealed interface Shape {
        record Single(int index) implements Shape {}

        record Several(List<Shape> shapes) implements Shape {}
    }

    private static final class Counter {
        int next;
    }

    /// @throws NodeException if lists of one level have unequal lengths, or there are more than 100 000 elements
    Elements(List<Part> parts, int depth, int around) {
        this.parts = parts;
        this.depth = depth;
        this.around = around;
        shape = expand(parts.stream().map(Part::value).toList(), 0, new Counter());
    }

    static Elements of(Plan.Source.Gathered gathered, int around, Function<Plan.Source, TypedValue> values) {
        return new Elements(
                gathered.parts().stream()
                        .map(part -> new Part(part.name(), values.apply(part.source()), part.levels()))
                        .toList(),
                gathered.depth(),
                around);
    }

    List<Element> all() {
        return all;
    }

    private Shape expand(List<TypedValue> values, int level, Counter counter) {
        Counter own = level == around ? new Counter() : counter;
        if (level == depth) {
            if (all.size() == MOST) {
                throw NodeException.user(
                                "engine/too-many-elements", "Its lists come to more than %d elements together.", MOST)
                        .next("Give it shorter lists.");
            }
            all.add(new Element(values, own.next++));
            return new Shape.Single(all.size() - 1);
        }
        int length = length(values, level);
        List<Shape> shapes = new ArrayList<>(length);
        for (int i = 0; i < length; i++) {
            List<TypedValue> inner = new ArrayList<>(values.size());
            for (int part = 0; part < parts.size(); part++) {
                inner.add(has(part, level) ? element(values.get(part), i) : values.get(part));
            }
            shapes.add(expand(inner, level + 1, own));
        }
        return new Shape.Several(shapes);
    }

    private boolean has(int part, int level) {
        return parts.get(part).levels().contains(level);
    }

    private static TypedValue element(TypedValue list, int index) {
        List<?> values = (List<?>) list.value();
        return ValueCodec.typed(((PortType.ListOf) list.type()).element(), values.get(values.size() == 1 ? 0 : index));
    }

    private int length(List<TypedValue> values, int level) {
        int length = 1;
        String longest = "";
        boolean isEmpty = false;
        for (int part = 0; part < parts.size(); part++) {
            if (!has(part, level)) {
                continue;
            }
            int size = ((List<?>) values.get(part).value()).size();
            isEmpty |= size == 0;
            if (size > 1 && length > 1 && size != length) {
                throw NodeException.user(
                                "engine/unequal-lists",
                                "\"%s\" has %d elements, \"%s\" has %d.",
                                longest,
                                length,
                                parts.get(part).name(),
                                size)
                        .next("Lists go in step: give them equal lengths, or one element.");
            }
            if (size > 1) {
                length = size;
                longest = parts.get(part).name();
            }
        }
        return isEmpty ? 0 : length;
    }

    /// Lays what was made of each element into the lists from which the elements came.
    ///
    /// @param type of what was made of one element
    TypedValue gathered(PortType type, Function<Integer, TypedValue> made) {
        return gathered(shape, type, depth, made);
    }

    private static TypedValue gathered(Shape shape, PortType type, int depth, Function<Integer, TypedValue> made) {
        return switch (shape) {
            case Shape.Single(int index) -> made.apply(index);
            case Shape.Several(List<Shape> shapes) -> {
                PortType list = type;
                for (int i = 0; i < depth; i++) {
                    list = new PortType.ListOf(list);
                }
                yield ValueCodec.listOf(
                        (PortType.ListOf) list,
                        shapes.stream().map(inner -> gathered(inner, type, depth - 1, made)).toList());
            }
        };
    }
}
