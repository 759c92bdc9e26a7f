// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.diptych.engine.document.NodeCatalog;
import dev.diptych.engine.document.NodeSchema;
import dev.diptych.engine.document.PortSchema;
import dev.diptych.engine.document.PortType;
import dev.diptych.engine.document.TypeReader;
import dev.diptych.engine.model.hub.ModelDescription;
import dev.diptych.engine.model.hub.ModelHub;
import dev.diptych.engine.value.Digests;
import dev.diptych.server.security.Scope;

import org.jspecify.annotations.Nullable;

import java.util.Collection;
import java.util.List;

/// The schemas of nodes over HTTP. They change only with the plugins and the models, so they are written once for these.
final class NodeOperations {
    private final NodeCatalog catalog;
    private final ModelHub hub;
    private volatile @Nullable Written written;

    /// @param models the choices of ports that take one
    private record Written(List<String> models, Answer answer, EntityTag tag) {}

    NodeOperations(NodeCatalog catalog, ModelHub hub) {
        this.catalog = catalog;
        this.hub = hub;
    }

    void addTo(Handlers handlers) {
        handlers.add("listNodes", Scope.READ, this::list);
        handlers.add("getNode", Scope.READ, this::get);
    }

    private Answer list(Request request) {
        List<String> models = models();
        Written known = written;
        if (known == null || !known.models().equals(models)) {
            ObjectNode view = JsonNodeFactory.instance.objectNode();
            ArrayNode nodes = view.putArray("nodes");
            catalog.all().forEach(schema -> nodes.add(view(schema, models)));
            Answer answer = Answer.ok(view);
            EntityTag tag = new EntityTag('"' + Digests.of(answer.body().getBytes()).substring(0, 16) + '"');
            known = new Written(models, answer.with("ETag", tag.text()), tag);
            written = known;
        }
        boolean isKnown = known.tag().isAmong(request.headers().getAll("If-None-Match"));
        return isKnown ? Answer.empty(304) : known.answer();
    }

    /// Those that are no adapters of others, and not broken.
    private List<String> models() {
        return hub.list().stream()
                .filter(model -> model.problem() == null && !model.isAdapter())
                .map(ModelDescription::id)
                .toList();
    }

    private Answer get(Request request) {
        String type = request.parameter("plugin") + "/" + request.parameter("node");
        return Answer.ok(
                view(
                        catalog.find(type)
                                .orElseThrow(() -> HttpProblem.notFound("node type \"" + Request.shown(type) + "\"")),
                        models()));
    }

    private static ObjectNode view(NodeSchema schema, List<String> models) {
        ObjectNode view = JsonNodeFactory.instance.objectNode();
        view.put("type", schema.type());
        view.put("version", schema.version());
        view.put("title", schema.title());
        view.put("group", schema.group());
        view.put("description", schema.description());
        view.put("plugin", schema.pluginId());
        view.set("inputs", ports(schema.inputs().values(), models));
        view.set("outputs", ports(schema.outputs().values(), List.of()));
        return view;
    }

    private static ArrayNode ports(Collection<PortSchema> ports, List<String> models) {
        ArrayNode views = JsonNodeFactory.instance.arrayNode();
        for (PortSchema port : ports) {
            ObjectNode view = views.addObject();
            view.put("name", port.name());
            view.set("type", TypeReader.write(port.type()));
            List<String> options = isModel(port.type()) ? models : TypeReader.options(port.type());
            if (options != null) {
                ArrayNode list = view.putArray("options");
                options.forEach(list::add);
            }
            view.put("help", port.help());
            view.put("optional", port.isOptional());
            if (port.defaultValue() != null) {
                view.set("default", port.defaultValue());
            }
            PortSchema.Bounds range = port.range();
            if (range != null) {
                putFinite(view, "min", range.min());
                putFinite(view, "max", range.max());
                if (range.step() > 0) {
                    view.put("step", range.step());
                }
            }
            view.put("multiline", port.isMultiline());
            view.put("sameForAll", port.isSameForAll());
        }
        return views;
    }

    private static boolean isModel(PortType type) {
        return type == PortType.Basic.MODEL || type instanceof PortType.ListOf list && isModel(list.element());
    }

    private static void putFinite(ObjectNode view, String name, double value) {
        if (Double.isFinite(value)) {
            view.put(name, value);
        }
    }
}
