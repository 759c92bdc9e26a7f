// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.latent.conformance;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/// The arguments that a case calls a pipeline with, by their names in diffusers. What nobody has asked for at the end is refused by name.
final class CallArguments {
    private final Map<?, ?> values;
    private final Set<String> read = new TreeSet<>();

    /// @param call the case's `call`
    CallArguments(@Nullable Object call) {
        if (!(call instanceof Map<?, ?> arguments)) {
            throw new UnsupportedOperationException("A case of a pipeline needs call, an object");
        }
        values = arguments;
    }

    double number(String name, double standard) {
        Object value = value(name);
        return switch (value) {
            case null -> standard;
            case Number number -> number.doubleValue();
            default -> throw wrong(name, value, "a number");
        };
    }

    int integer(String name, int standard) {
        double number = number(name, standard);
        if (number != (int) number) {
            throw wrong(name, number, "an integer");
        }
        return (int) number;
    }

    long seed(String name) {
        Object value = value(name);
        if (!(value instanceof Number number)) {
            throw wrong(name, value, "an integer");
        }
        return number.longValue();
    }

    /// A text, or a list of texts; empty if it is left out.
    List<String> texts(String name) {
        Object value = value(name);
        return switch (value) {
            case null -> List.of();
            case String text -> List.of(text);
            case List<?> list -> {
                List<String> texts = new ArrayList<>();
                for (Object element : list) {
                    if (!(element instanceof String text)) {
                        throw wrong(name, element, "a text");
                    }
                    texts.add(text);
                }
                yield texts;
            }
            default -> throw wrong(name, value, "a text or a list of texts");
        };
    }

    /// Refuses what nobody asked for, unless it is null.
    void finish() {
        values.forEach((key, value) -> {
            if (value != null && !read.contains(String.valueOf(key))) {
                throw new UnsupportedOperationException(
                        "The argument " + key + " is not implemented; there are " + String.join(", ", read));
            }
        });
    }

    private @Nullable Object value(String name) {
        read.add(name);
        return values.get(name);
    }

    private static UnsupportedOperationException wrong(String name, @Nullable Object value, String allowed) {
        return new UnsupportedOperationException("The argument " + name + " is " + value + "; allowed: " + allowed);
    }
}
