// SPDX-License-Identifier: Apache-2.0

package dev.diptych.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.diptych.api.value.Image;
import dev.diptych.api.value.Mask;
import dev.diptych.api.value.ModelReference;
import dev.diptych.api.value.Seed;
import dev.diptych.engine.plugin.PluginValues;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Writes the inputs that a test gives as a document or a request would write them.
final class GivenLiterals {
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    private final TestAssets assets;

    /// @param assets where pictures go, to be referred to
    GivenLiterals(TestAssets assets) {
        this.assets = assets;
    }

    /// @throws IllegalArgumentException if a value is of a type that cannot be written
    Map<String, JsonNode> of(Map<String, Object> given) {
        Map<String, JsonNode> literals = new LinkedHashMap<>();
        given.forEach((input, value) -> literals.put(input, literal(input, value)));
        return literals;
    }

    private JsonNode literal(String input, Object given) {
        Object plain;
        try {
            plain = PluginValues.toPlain(given);
        } catch (ReflectiveOperationException e) {
            plain = given;
        }
        return switch (plain) {
            case String text -> JSON.textNode(text);
            case Boolean bool -> JSON.booleanNode(bool);
            case Long number -> JSON.numberNode(number);
            case Number number -> JSON.numberNode(number.doubleValue());
            case Seed seed -> JSON.textNode(seed.toString());
            case Image image -> JSON.textNode(assets.add(image));
            case Mask mask -> JSON.textNode(assets.add(mask));
            case ModelReference model -> model(model);
            case List<?> list -> {
                ArrayNode array = JSON.arrayNode();
                list.forEach(element -> array.add(literal(input, element)));
                yield array;
            }
            case Map<?, ?> fields -> {
                ObjectNode object = JSON.objectNode();
                fields.forEach((name, field) -> object.set((String) name, literal(input, field)));
                yield object;
            }
            case null, default ->
                    throw new IllegalArgumentException(
                            "Input \"%s\": a %s cannot be given to a workflow; let a node of the test make it"
                                    .formatted(input, given.getClass().getSimpleName()));
        };
    }

    private static JsonNode model(ModelReference model) {
        if (model.adapters().isEmpty()) {
            return JSON.textNode(model.id());
        }
        ObjectNode object = JSON.objectNode().put("model", model.id());
        ArrayNode adapters = object.putArray("lora");
        model.adapters()
                .forEach(adapter -> adapters.addObject().put("model", adapter.model()).put("scale", adapter.scale()));
        return object;
    }
}
