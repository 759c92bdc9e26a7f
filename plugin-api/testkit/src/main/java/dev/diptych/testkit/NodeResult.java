// SPDX-License-Identifier: Apache-2.0

package dev.diptych.testkit;

import dev.diptych.api.value.Image;
import dev.diptych.api.value.Mask;

import java.util.List;
import java.util.Map;

/// What a node gave, and what it reported while it ran.
///
/// @param outputs  by port: numbers as Double or Long, choices as words, lists as List
/// @param progress the fractions it reported, in order
/// @param previews the pictures it offered, in order
public record NodeResult(Map<String, Object> outputs, List<Double> progress, List<Image> previews) {
    public Image image(String port) {
        return output(port, Image.class);
    }

    public Mask mask(String port) {
        return output(port, Mask.class);
    }

    public double number(String port) {
        return output(port, Number.class).doubleValue();
    }

    public long integer(String port) {
        return output(port, Long.class);
    }

    public String text(String port) {
        return output(port, String.class);
    }

    /// @throws AssertionError if there is no such output, or it has another type
    public <T> T output(String port, Class<T> type) {
        Object value = outputs.get(port);
        if (!type.isInstance(value)) {
            throw new AssertionError(
                    "The node gives "
                            + outputs.keySet()
                            + "; \""
                            + port
                            + "\" is "
                            + (value == null ? "not among them" : value.getClass().getSimpleName())
                            + ", "
                            + type.getSimpleName()
                            + " is expected");
        }
        return type.cast(value);
    }
}
