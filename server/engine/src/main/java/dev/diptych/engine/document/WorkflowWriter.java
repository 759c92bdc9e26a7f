// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.document;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import java.util.List;

/// Writes documents in their normal form: fields in a fixed order, nothing that is empty. What it writes reads as an equal document.
public final class WorkflowWriter {
    private static final JsonMapper MAPPER = new JsonMapper();
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    /// The document as indented text.
    public String write(WorkflowDocument document) {
        try {
            return MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(tree(document));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("A tree of plain JSON can always be written", e);
        }
    }

    public ObjectNode tree(WorkflowDocument document) {
        ObjectNode root = NODES.objectNode();
        root.put("diptych", document.format());
        root.put("name", document.name());
        putText(root, "title", document.title());
        putText(root, "description", document.description());
        if (!document.inputs().isEmpty()) {
            ObjectNode inputs = root.putObject("inputs");
            document.inputs().forEach((name, input) -> inputs.set(name, input(input)));
        }
        ObjectNode nodes = root.putObject("nodes");
        document.nodes().forEach((id, node) -> nodes.set(id, node(node)));
        ObjectNode outputs = root.putObject("outputs");
        document.outputs().forEach((name, binding) -> outputs.set(name, binding(binding)));
        if (document.layout() != null) {
            root.set("layout", document.layout());
        }
        return root;
    }

    private static ObjectNode input(WorkflowDocument.Input input) {
        ObjectNode json = NODES.objectNode();
        json.set("type", TypeReader.write(input.type()));
        List<String> options = TypeReader.options(input.type());
        if (options != null) {
            ArrayNode array = json.putArray("options");
            options.forEach(array::add);
        }
        putText(json, "title", input.title());
        putText(json, "help", input.help());
        if (input.defaultValue() != null) {
            json.set("default", input.defaultValue());
        }
        PortSchema.Bounds range = input.range();
        if (range != null) {
            putNumber(json, "min", range.min(), Double.isFinite(range.min()));
            putNumber(json, "max", range.max(), Double.isFinite(range.max()));
            putNumber(json, "step", range.step(), range.step() > 0);
        }
        return json;
    }

    private static ObjectNode node(WorkflowDocument.Node node) {
        ObjectNode json = NODES.objectNode();
        json.put("type", node.type());
        if (!(node.type().startsWith("workflow:") && node.version() == 1)) {
            json.put("version", node.version());
        }
        if (!node.in().isEmpty()) {
            ObjectNode in = json.putObject("in");
            node.in().forEach((port, binding) -> in.set(port, binding(binding)));
        }
        return json;
    }

    private static JsonNode binding(Binding binding) {
        ObjectNode json = NODES.objectNode();
        switch (binding) {
            case Binding.Literal(JsonNode value) -> json.set("value", value);
            case Binding.Input(String name) -> json.put("input", name);
            case Binding.Link(String node, String out) -> json.put("node", node).put("out", out);
            case Binding.ListOf(List<Binding> elements) -> {
                ArrayNode array = json.putArray("list");
                elements.forEach(element -> array.add(binding(element)));
            }
        }
        return json;
    }

    private static void putText(ObjectNode json, String field, String text) {
        if (!text.isEmpty()) {
            json.put(field, text);
        }
    }

    private static void putNumber(ObjectNode json, String field, double number, boolean isGiven) {
        if (!isGiven) {
            return;
        }
        if (number == Math.rint(number) && Math.abs(number) < 1L << 53) {
            json.put(field, (long) number);
        } else {
            json.put(field, number);
        }
    }
}
