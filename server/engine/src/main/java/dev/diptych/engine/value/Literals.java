// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.value;

import com.fasterxml.jackson.databind.JsonNode;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.value.Image;
import dev.diptych.api.value.Mask;
import dev.diptych.api.value.ModelReference;
import dev.diptych.api.value.Pixel;
import dev.diptych.api.value.Seed;
import dev.diptych.engine.document.PortType;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Turns JSON literals, checked by the planner, into values; `asset:` references become pictures.
public final class Literals {
    private final AssetSource assets;
    private final ImageFiles files;

    public Literals(AssetSource assets, ImageFiles files) {
        this.assets = assets;
        this.files = files;
    }

    /// @throws NodeException of kind USER if an asset is not there or cannot be read, or if the literal is none of the type
    public TypedValue value(JsonNode json, PortType type) {
        return ValueCodec.typed(type, plain(json, type));
    }

    private Object plain(JsonNode json, PortType type) {
        return switch (type) {
            case PortType.ListOf list -> {
                List<Object> values = new ArrayList<>();
                for (JsonNode element : json) {
                    values.add(plain(element, list.element()));
                }
                yield List.copyOf(values);
            }
            case PortType.Choice _ -> json.textValue();
            case PortType.Declared declared -> {
                Map<String, Object> fields = new LinkedHashMap<>();
                for (PortType.Declared.Field field : declared.fields()) {
                    fields.put(field.name(), plain(json.path(field.name()), field.type()));
                }
                yield fields;
            }
            case PortType.Basic basic ->
                    switch (basic) {
                        case TEXT -> json.textValue();
                        case NUMBER -> json.doubleValue();
                        case INTEGER -> json.longValue();
                        case BOOLEAN -> json.booleanValue();
                        case SEED -> new Seed(json.isTextual() ? seed(json.textValue()) : json.longValue());
                        case MODEL -> model(json);
                        case IMAGE -> image(json);
                        case MASK -> mask(image(json));
                        case EMBEDDING, LATENT, TENSOR, VIDEO ->
                                throw NodeException.user(
                                                "engine/no-literal",
                                                "%s cannot be written in a document.",
                                                type.label())
                                        .next("Link it to a node that makes one.");
                    };
        };
    }

    private static long seed(String text) {
        return text.startsWith("-") ? Long.parseLong(text) : Long.parseUnsignedLong(text);
    }

    private static ModelReference model(JsonNode json) {
        if (json.isTextual()) {
            return new ModelReference(json.textValue());
        }
        List<ModelReference.Adapter> adapters = new ArrayList<>();
        for (JsonNode adapter : json.path("lora")) {
            adapters.add(new ModelReference.Adapter(adapter.path("model").asText(), adapter.path("scale").asDouble(1)));
        }
        return new ModelReference(json.path("model").asText(), adapters);
    }

    private Image image(JsonNode json) {
        String text = json.textValue();
        String reference = text.startsWith("asset:") ? text.substring("asset:".length()) : text;
        try {
            byte[] bytes =
                    assets.read(reference)
                            .orElseThrow(() ->
                                    NodeException.user("engine/no-asset", "There is no asset \"%s\".", reference)
                                            .next(
                                                    "Upload the picture again, and use the reference that the upload gives."));
            return files.read(bytes, "asset:" + reference);
        } catch (IOException e) {
            throw NodeException.resource(
                            "engine/asset-unreadable", "The asset \"%s\" cannot be read: %s.", reference, e)
                    .causedBy(e);
        }
    }

    /// White is selected; what is transparent is not.
    private static Mask mask(Image image) {
        return Mask.generated(
                image.width(),
                image.height(),
                (x, y) -> {
                    Pixel pixel = image.pixel(x, y);
                    return pixel.luminance() * pixel.alpha();
                });
    }
}
