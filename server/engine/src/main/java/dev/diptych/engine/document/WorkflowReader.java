// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.document;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;

import org.jspecify.annotations.Nullable;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import java.util.regex.Pattern;

/// Reads workflow documents. Checks their form and tells everything that is wrong with it; whether the nodes exist and fit is for the planner to say.
public final class WorkflowReader {
    /// The version of the document format that is written.
    public static final int FORMAT = 1;

    static final Pattern NAME = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}");
    private static final String NAME_RULE =
            "letters, digits, \"_\", \"-\" and \".\" are allowed, at most 100, a letter or digit first";
    private static final Pattern NODE_TYPE =
            Pattern.compile(
                    "[a-z0-9][a-z0-9-]{0,63}/[A-Za-z0-9][A-Za-z0-9-]{0,63}|workflow:[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}@[0-9a-f]{12}");

    private static final Set<String> DOCUMENT_FIELDS =
            Set.of("diptych", "name", "title", "description", "inputs", "nodes", "outputs", "layout");
    private static final Set<String> INPUT_FIELDS =
            Set.of("type", "options", "title", "help", "default", "min", "max", "step");
    private static final Set<String> NODE_FIELDS = Set.of("type", "version", "in");

    private final TypeReader types;
    private final StrictJson json;

    /// @param maxBytes longer documents are refused unread
    public WorkflowReader(TypeReader types, int maxBytes) {
        this.types = types;
        this.json = new StrictJson(maxBytes);
    }

    public WorkflowReader() {
        this(new TypeReader(), StrictJson.DEFAULT_MAX_BYTES);
    }

    /// @throws DocumentException with all problems
    public WorkflowDocument read(byte[] document) {
        return read(json.read(document));
    }

    /// @throws DocumentException with all problems
    public WorkflowDocument read(String document) {
        return read(json.read(document));
    }

    /// @throws DocumentException with all problems
    public WorkflowDocument read(JsonNode root) {
        Problems problems = new Problems();
        if (!root.isObject()) {
            problems.add(
                    "engine/bad-form",
                    "The document is " + Shown.json(root) + ", a JSON object is needed.",
                    "Begin with {\"diptych\": 1, \"name\": …}.");
            problems.throwIfAny();
        }
        FormReader form = new FormReader(problems);
        ValueRule.check(root, "", problems);
        form.onlyKnown(root, DOCUMENT_FIELDS, "The document");
        readFormat(root, problems);
        String name = form.text(root, "name", "The document");
        if (name.isEmpty()) {
            problems.add("engine/bad-form", "The document has no \"name\".", "Give it one, like \"text-diff\".");
        } else {
            checkName(name, "The document's name", problems);
        }
        WorkflowDocument document =
                new WorkflowDocument(
                        FORMAT,
                        name,
                        form.text(root, "title", "The document"),
                        form.text(root, "description", "The document"),
                        readInputs(form.object(root, "inputs", "The document"), form, problems),
                        readNodes(form.object(root, "nodes", "The document"), form, problems),
                        readOutputs(form.object(root, "outputs", "The document"), problems),
                        readLayout(root.get("layout"), problems));
        if (!root.has("nodes") && !root.has("outputs")) {
            problems.add(
                    "engine/bad-form",
                    "The document has neither \"nodes\" nor \"outputs\".",
                    "Add the nodes, and say in \"outputs\" which of their results are wanted.");
        }
        problems.throwIfAny();
        return document;
    }

    private static void readFormat(JsonNode root, Problems problems) {
        JsonNode format = root.get("diptych");
        if (format == null) {
            problems.add("engine/bad-format", "The field \"diptych\" is missing.", "Add \"diptych\": " + FORMAT + ".");
        } else if (!format.isInt() || format.intValue() != FORMAT) {
            problems.add(
                    "engine/bad-format",
                    "\"diptych\" is " + Shown.json(format) + ", this version reads format " + FORMAT + ".",
                    format.isNumber() && format.doubleValue() > FORMAT
                            ? "Update Diptych, or export the document in format " + FORMAT + "."
                            : "Write \"diptych\": " + FORMAT + ".");
        }
    }

    private SequencedMap<String, WorkflowDocument.Input> readInputs(
            @Nullable JsonNode inputs, FormReader form, Problems problems) {
        SequencedMap<String, WorkflowDocument.Input> read = new LinkedHashMap<>();
        if (inputs == null) {
            return read;
        }
        for (Map.Entry<String, JsonNode> entry : inputs.properties()) {
            String place = "Input \"" + Shown.text(entry.getKey()) + '"';
            JsonNode input = entry.getValue();
            checkName(entry.getKey(), place, problems);
            if (!input.isObject()) {
                problems.add(
                        "engine/bad-form",
                        place + " is " + Shown.json(input) + ", an object is needed.",
                        "Write {\"type\": …}.");
                continue;
            }
            form.onlyKnown(input, INPUT_FIELDS, place);
            JsonNode type = input.get("type");
            if (type == null) {
                problems.add("engine/bad-form", place + " has no \"type\".", "Add one, like \"type\": \"image\".");
                continue;
            }
            PortType portType = types.read(type, input.get("options"), place, problems);
            PortSchema.Bounds range = readRange(input, place, form, problems);
            if (portType != null) {
                read.put(
                        entry.getKey(),
                        new WorkflowDocument.Input(
                                portType,
                                form.text(input, "title", place),
                                form.text(input, "help", place),
                                input.get("default"),
                                range));
            }
        }
        return read;
    }

    private static PortSchema.@Nullable Bounds readRange(
            JsonNode input, String place, FormReader form, Problems problems) {
        Double min = form.number(input, "min", place);
        Double max = form.number(input, "max", place);
        Double step = form.number(input, "step", place);
        if (min == null && max == null && step == null) {
            return null;
        }
        if (min != null && max != null && min > max) {
            problems.add(
                    "engine/bad-range",
                    place + ": \"min\" " + min + " is above \"max\" " + max + ".",
                    "Exchange them.");
        }
        if (step != null && step <= 0) {
            problems.add(
                    "engine/bad-range", place + ": \"step\" is " + step + ", more than 0 is needed.", "Leave it out.");
        }
        return new PortSchema.Bounds(
                min == null ? Double.NEGATIVE_INFINITY : min,
                max == null ? Double.POSITIVE_INFINITY : max,
                step == null ? 0 : step);
    }

    private static SequencedMap<String, WorkflowDocument.Node> readNodes(
            @Nullable JsonNode nodes, FormReader form, Problems problems) {
        SequencedMap<String, WorkflowDocument.Node> read = new LinkedHashMap<>();
        if (nodes == null) {
            return read;
        }
        for (Map.Entry<String, JsonNode> entry : nodes.properties()) {
            String place = "Node \"" + Shown.text(entry.getKey()) + '"';
            checkName(entry.getKey(), place, problems);
            WorkflowDocument.Node node = readNode(entry.getKey(), entry.getValue(), place, form, problems);
            if (node != null) {
                read.put(entry.getKey(), node);
            }
        }
        return read;
    }

    private static WorkflowDocument.@Nullable Node readNode(
            String id, JsonNode json, String place, FormReader form, Problems problems) {
        if (!json.isObject()) {
            problems.add(
                    "engine/bad-form",
                    place + " is " + Shown.json(json) + ", an object is needed.",
                    "Write {\"type\": …, \"version\": …, \"in\": {…}}.");
            return null;
        }
        form.onlyKnown(json, NODE_FIELDS, place);
        String type = form.text(json, "type", place);
        if (!NODE_TYPE.matcher(type).matches()) {
            problems.add(
                    "engine/bad-node-type",
                    place + ": the type is \"" + Shown.text(type) + "\".",
                    "Write \"plugin/name\", or \"workflow:name@revision\" with 12 hexadecimal digits.");
        }
        int version = 1;
        JsonNode given = json.get("version");
        if (given != null && given.isInt() && given.intValue() >= 1) {
            version = given.intValue();
        } else if (given != null || !type.startsWith("workflow:")) {
            problems.add(
                    "engine/bad-form",
                    place
                            + ": \"version\" is "
                            + (given == null ? "missing" : Shown.json(given))
                            + ", a whole number from 1 is needed.",
                    "Write the version of the node type, as the editor and the list of nodes show it.");
        }
        SequencedMap<String, Binding> in = new LinkedHashMap<>();
        JsonNode bindings = form.object(json, "in", place);
        if (bindings != null) {
            for (Map.Entry<String, JsonNode> entry : bindings.properties()) {
                Binding binding = new BindingReader(id, type, entry.getKey(), problems).read(entry.getValue());
                if (binding != null) {
                    in.put(entry.getKey(), binding);
                }
            }
        }
        return new WorkflowDocument.Node(type, version, in);
    }

    private static SequencedMap<String, Binding> readOutputs(@Nullable JsonNode outputs, Problems problems) {
        SequencedMap<String, Binding> read = new LinkedHashMap<>();
        if (outputs == null) {
            return read;
        }
        for (Map.Entry<String, JsonNode> entry : outputs.properties()) {
            checkName(entry.getKey(), "Output \"" + Shown.text(entry.getKey()) + '"', problems);
            Binding binding = new BindingReader(null, null, entry.getKey(), problems).read(entry.getValue());
            if (binding != null) {
                read.put(entry.getKey(), binding);
            }
        }
        return read;
    }

    private static @Nullable JsonNode readLayout(@Nullable JsonNode layout, Problems problems) {
        if (layout != null && !layout.isObject()) {
            problems.add(
                    "engine/bad-form",
                    "\"layout\" is " + Shown.json(layout) + ", an object is needed.",
                    "Leave it out.");
        }
        return layout == null ? null : layout.isObject() ? layout : JsonNodeFactory.instance.objectNode();
    }

    private static void checkName(String name, String place, Problems problems) {
        if (!NAME.matcher(name).matches()) {
            problems.add("engine/bad-name", place + " cannot be called that: " + NAME_RULE + '.', "Rename it.");
        }
    }
}
