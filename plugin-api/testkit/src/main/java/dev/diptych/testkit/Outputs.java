// SPDX-License-Identifier: Apache-2.0

package dev.diptych.testkit;

import dev.diptych.api.value.Image;
import dev.diptych.api.value.Mask;
import dev.diptych.engine.plugin.PluginValues;

import java.util.List;
import java.util.Map;

/// Outputs by name, with a getter for each type that tests ask for most. A getter fails the test if there is no such output, or it has another type.
public interface Outputs {
    /// Numbers are Double or Long, choices words, lists List, value types of plugins Map.
    Map<String, Object> outputs();

    default Image image(String name) {
        return output(name, Image.class);
    }

    default Mask mask(String name) {
        return output(name, Mask.class);
    }

    /// A number or an integer.
    default double number(String name) {
        return output(name, Number.class).doubleValue();
    }

    default long integer(String name) {
        return output(name, Long.class);
    }

    default boolean bool(String name) {
        return output(name, Boolean.class);
    }

    /// Text, or the word of a choice.
    default String text(String name) {
        return output(name, String.class);
    }

    default List<Image> images(String name) {
        return list(name, Image.class);
    }

    /// @throws AssertionError if there is no such output, or it is no list of these
    default <T> List<T> list(String name, Class<T> type) {
        List<?> values = output(name, List.class);
        for (Object value : values) {
            if (!type.isInstance(value)) {
                throw new AssertionError(
                        "\"%s\" is a list with a %s in it, %s is expected"
                                .formatted(name, value.getClass().getSimpleName(), type.getSimpleName()));
            }
        }
        return values.stream().map(type::cast).toList();
    }

    /// A value of a type that the plugin declares.
    ///
    /// @param type the record with `@ValueType`
    /// @throws AssertionError if there is no such output, or it does not fit the record
    default <T extends Record> T record(String name, Class<T> type) {
        Map<?, ?> fields = output(name, Map.class);
        try {
            return type.cast(PluginValues.toJava(type, fields));
        } catch (ReflectiveOperationException | RuntimeException e) {
            throw new AssertionError("\"%s\" is no %s: %s".formatted(name, type.getSimpleName(), fields), e);
        }
    }

    /// @throws AssertionError if there is no such output, or it has another type
    default <T> T output(String name, Class<T> type) {
        Object value = outputs().get(name);
        if (!type.isInstance(value)) {
            throw new AssertionError(
                    "The outputs are %s; \"%s\" is %s, %s is expected"
                            .formatted(
                                    outputs().keySet(),
                                    name,
                                    value == null ? "not among them" : "a " + value.getClass().getSimpleName(),
                                    type.getSimpleName()));
        }
        return type.cast(value);
    }
}
