// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.document;

import com.fasterxml.jackson.databind.JsonNode;

import org.jspecify.annotations.Nullable;

import java.util.Iterator;
import java.util.Set;
import java.util.TreeSet;

/// Reads the fields of an object, and tells which do not have the form they should have.
final class FormReader {
    private final Problems problems;

    FormReader(Problems problems) {
        this.problems = problems;
    }

    void onlyKnown(JsonNode object, Set<String> known, String place) {
        for (Iterator<String> names = object.fieldNames(); names.hasNext(); ) {
            String name = names.next();
            if (!known.contains(name)) {
                problems.add(() -> {
                    String nearest = Suggestion.nearest(name, new TreeSet<>(known));
                    return new Problem(
                            "engine/unknown-field",
                            null,
                            null,
                            null,
                            place
                                    + " has the unknown field \""
                                    + Shown.text(name)
                                    + "\"; allowed are "
                                    + String.join(", ", new TreeSet<>(known))
                                    + ".",
                            nearest == null ? "Remove it." : "Did you mean \"" + nearest + "\"?");
                });
            }
        }
    }

    /// Empty when the field is not there.
    String text(JsonNode object, String field, String place) {
        JsonNode value = object.get(field);
        if (value == null) {
            return "";
        }
        if (!value.isTextual()) {
            wrong(place, field, value, "a text");
            return "";
        }
        return value.textValue();
    }

    @Nullable JsonNode object(JsonNode object, String field, String place) {
        JsonNode value = object.get(field);
        if (value != null && !value.isObject()) {
            wrong(place, field, value, "an object");
            return null;
        }
        return value;
    }

    @Nullable Double number(JsonNode object, String field, String place) {
        JsonNode value = object.get(field);
        if (value == null) {
            return null;
        }
        if (!value.isNumber()) {
            wrong(place, field, value, "a number");
            return null;
        }
        // Adding zero makes one zero of the two that a double has.
        return value.doubleValue() + 0.0;
    }

    private void wrong(String place, String field, JsonNode value, String needed) {
        problems.add(() ->
                new Problem(
                        "engine/bad-form",
                        null,
                        null,
                        null,
                        place + ": \"" + field + "\" is " + Shown.json(value) + ", " + needed + " is needed.",
                        "Correct it or leave it out."));
    }
}
