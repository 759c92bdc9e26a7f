// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.conformance;

import com.fasterxml.jackson.databind.JsonNode;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// JSON as maps, lists and values of the Java library, all unmodifiable.
final class JsonTree {
    private JsonTree() {}

    static Map<String, @Nullable Object> object(JsonNode object) {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        object.properties().forEach(entry -> map.put(entry.getKey(), value(entry.getValue())));
        return Collections.unmodifiableMap(map);
    }

    private static @Nullable Object value(JsonNode node) {
        return switch (node.getNodeType()) {
            case OBJECT -> object(node);
            case ARRAY -> list(node);
            case STRING -> node.textValue();
            case BOOLEAN -> node.booleanValue();
            case NUMBER -> number(node);
            case NULL, MISSING, BINARY, POJO -> null;
        };
    }

    private static List<@Nullable Object> list(JsonNode array) {
        List<@Nullable Object> list = new ArrayList<>(array.size());
        array.forEach(element -> list.add(value(element)));
        return Collections.unmodifiableList(list);
    }

    private static Number number(JsonNode number) {
        if (!number.isIntegralNumber()) {
            return number.doubleValue();
        }
        return number.canConvertToLong() ? (Number) number.longValue() : number.bigIntegerValue();
    }
}
