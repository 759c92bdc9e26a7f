// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.diptych.engine.model.hub.ModelDescription;

import java.util.Collection;
import java.util.Locale;

/// Models as the contract shows them.
public final class ModelViews {
    public ModelViews() {}

    /// For a list.
    public ObjectNode summary(ModelDescription model) {
        ObjectNode view = JsonNodeFactory.instance.objectNode();
        view.put("id", model.id());
        view.put("origin", model.origin().name().toLowerCase(Locale.ROOT));
        view.put("family", model.family());
        view.put("class", model.className());
        put(view.putArray("tasks"), model.tasks());
        view.put("licence", model.licence());
        view.put("parameters", model.parameters());
        view.put("bytes", model.bytes());
        put(view.putArray("formats"), model.formats());
        view.put("problem", model.problem());
        return view;
    }

    /// With its components.
    public ObjectNode details(ModelDescription model) {
        ObjectNode view = summary(model);
        ArrayNode components = view.putArray("components");
        for (ModelDescription.Part part : model.components()) {
            ObjectNode component = components.addObject();
            component.put("name", part.name());
            component.put("class", part.className());
            component.put("parameters", part.parameters());
            component.put("bytes", part.bytes());
            put(component.putArray("formats"), part.formats().stream().sorted().map(Enum::name).toList());
            put(component.putArray("variants"), part.variants());
            component.put("problem", part.problem());
        }
        put(view.putArray("missing"), model.missing());
        return view;
    }

    private static void put(ArrayNode array, Collection<String> texts) {
        texts.forEach(array::add);
    }
}
