// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.document;

import com.fasterxml.jackson.databind.JsonNode;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;

/// Reads where the value of one port comes from.
final class BindingReader {
    private static final String FORMS =
            "Write {\"value\": …}, {\"input\": name}, {\"node\": id, \"out\": port} or {\"list\": [ … ]}.";

    private final @Nullable String node;
    private final @Nullable String nodeType;
    private final String port;
    private final Problems problems;

    BindingReader(@Nullable String node, @Nullable String nodeType, String port, Problems problems) {
        this.node = node;
        this.nodeType = nodeType;
        this.port = port;
        this.problems = problems;
    }

    /// @return null when a problem was added
    @Nullable Binding read(JsonNode json) {
        return read(json, 0);
    }

    private @Nullable Binding read(JsonNode json, int depth) {
        if (!json.isObject()) {
            return refuse(Shown.json(json) + " stands where its source is needed.");
        }
        JsonNode list = json.get("list");
        if (json.size() == 1 && json.has("value")) {
            return new Binding.Literal(json.get("value"));
        }
        if (json.size() == 1 && json.path("input").isTextual()) {
            return new Binding.Input(json.get("input").textValue());
        }
        if (json.size() == 2 && json.path("node").isTextual() && json.path("out").isTextual()) {
            return new Binding.Link(json.get("node").textValue(), json.get("out").textValue());
        }
        if (json.size() == 1 && list != null && list.isArray() && depth < StrictJson.MAX_NESTING) {
            List<Binding> elements = new ArrayList<>(list.size());
            boolean isWhole = true;
            for (JsonNode element : list) {
                Binding read = read(element, depth + 1);
                if (read == null) {
                    isWhole = false;
                } else {
                    elements.add(read);
                }
            }
            return isWhole ? new Binding.ListOf(elements) : null;
        }
        List<String> fields = new ArrayList<>();
        json.fieldNames()
                .forEachRemaining(name -> {
                    if (fields.size() < 6) {
                        fields.add('"' + Shown.text(name) + '"');
                    }
                });
        return refuse("the source has the fields " + String.join(", ", fields) + ", which together mean nothing.");
    }

    private @Nullable Binding refuse(String message) {
        problems.add(() -> new Problem("engine/bad-binding", node, nodeType, port, upperFirst(message), FORMS));
        return null;
    }

    private static String upperFirst(String text) {
        return Character.toUpperCase(text.charAt(0)) + text.substring(1);
    }
}
