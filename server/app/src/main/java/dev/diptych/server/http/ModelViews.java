// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.diptych.engine.model.checkpoint.KeyReport;
import dev.diptych.engine.model.hub.ComponentCheck;
import dev.diptych.engine.model.hub.ModelDescription;

import java.util.Collection;
import java.util.List;
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
        view.put("summary", model.summary());
        view.put("parameters", model.parameters());
        view.put("bytes", model.bytes());
        put(view.putArray("formats"), model.formats());
        view.put("problem", model.problem());
        return view;
    }

    /// With its components.
    ///
    /// @param checks of some of them
    public ObjectNode details(ModelDescription model, List<ComponentCheck> checks) {
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
            checks.stream()
                    .filter(check -> check.component().equals(part.name()))
                    .forEach(check -> component.set("check", view(check)));
        }
        put(view.putArray("missing"), model.missing());
        return view;
    }

    private static ObjectNode view(ComponentCheck check) {
        ObjectNode view = JsonNodeFactory.instance.objectNode();
        KeyReport report = check.report();
        view.put("parameters", check.described());
        view.put("refusal", check.refusal());
        if (report != null) {
            view.put("fits", check.fits());
            ArrayNode missing = view.putArray("missing");
            report.missing()
                    .forEach(each ->
                            missing.addObject()
                                    .put("name", each.name())
                                    .put("shape", each.shape())
                                    .put("nearest", each.nearest().orElse(null)));
            ArrayNode extra = view.putArray("extra");
            report.extra()
                    .forEach(each ->
                            extra.addObject()
                                    .put("name", each.name())
                                    .put("shape", each.shape())
                                    .put("nearest", each.nearest().orElse(null)));
            ArrayNode misshapen = view.putArray("misshapen");
            report.misshapen()
                    .forEach(each ->
                            misshapen
                                    .addObject()
                                    .put("name", each.name())
                                    .put("needed", each.expected())
                                    .put("found", each.found()));
        }
        return view;
    }

    private static void put(ArrayNode array, Collection<String> texts) {
        texts.forEach(array::add);
    }
}
