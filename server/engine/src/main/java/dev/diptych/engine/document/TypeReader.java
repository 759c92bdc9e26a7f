// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.document;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;

/// Reads and writes types as documents have them: `"image"`, `"choice"`, `"plugin/name"`, `{"list": type}`.
public final class TypeReader {
    private static final Map<String, PortType> BASIC = basic();
    private static final Pattern DECLARED = Pattern.compile("[a-z0-9][a-z0-9-]{0,63}/[A-Za-z0-9][A-Za-z0-9-]{0,63}");
    private static final int MAX_LISTS = 8;

    private final Function<String, Optional<PortType.Declared>> declared;

    /// @param declared finds the record types that plugins declare
    public TypeReader(Function<String, Optional<PortType.Declared>> declared) {
        this.declared = declared;
    }

    /// Knows no plugin: a declared type keeps its name, and has no fields.
    public TypeReader() {
        this(_ -> Optional.empty());
    }

    /// Knows the types that the ports of these nodes have.
    public static TypeReader of(NodeCatalog catalog) {
        Map<String, PortType.Declared> found = new HashMap<>();
        for (NodeSchema schema : catalog.all()) {
            schema.inputs().values().forEach(port -> gather(port.type(), found));
            schema.outputs().values().forEach(port -> gather(port.type(), found));
        }
        return new TypeReader(id -> Optional.ofNullable(found.get(id)));
    }

    private static void gather(PortType type, Map<String, PortType.Declared> found) {
        PortType leaf = type;
        while (leaf instanceof PortType.ListOf(PortType element)) {
            leaf = element;
        }
        if (leaf instanceof PortType.Declared record && found.putIfAbsent(record.id(), record) == null) {
            record.fields().forEach(field -> gather(field.type(), found));
        }
    }

    /// @param options the options that stand beside the type, or null
    /// @param place   where it stands, for the message
    /// @return null when a problem was added
    public @Nullable PortType read(JsonNode json, @Nullable JsonNode options, String place, Problems problems) {
        int lists = 0;
        JsonNode leaf = json;
        while (leaf.isObject() && leaf.size() == 1 && leaf.has("list")) {
            leaf = leaf.get("list");
            lists++;
        }
        if (lists > MAX_LISTS) {
            problems.add(
                    "engine/bad-type",
                    place + ": a list of lists " + lists + " levels deep, at most " + MAX_LISTS + " are allowed.",
                    "Use fewer levels.");
            return null;
        }
        PortType type = leaf(leaf, options, place, problems);
        for (int i = 0; type != null && i < lists; i++) {
            type = new PortType.ListOf(type);
        }
        return type;
    }

    private @Nullable PortType leaf(JsonNode leaf, @Nullable JsonNode options, String place, Problems problems) {
        if (!leaf.isTextual()) {
            problems.add(
                    "engine/bad-type",
                    place + ": " + Shown.json(leaf) + " is no type.",
                    "Write a name like \"image\", \"plugin/name\" or {\"list\": \"image\"}.");
            return null;
        }
        String name = leaf.textValue();
        if (name.equals("choice")) {
            return choice(options, place, problems);
        }
        if (options != null) {
            problems.add(
                    "engine/bad-type",
                    place
                            + ": options are given for the type \""
                            + Shown.text(name)
                            + "\", only \"choice\" has options.",
                    "Remove the options, or make it a choice.");
            return null;
        }
        PortType basic = BASIC.get(name);
        if (basic != null) {
            return basic;
        }
        if (DECLARED.matcher(name).matches()) {
            return declared.apply(name).orElseGet(() -> new PortType.Declared(name, List.of()));
        }
        List<String> known = new ArrayList<>(BASIC.keySet().stream().sorted().toList());
        known.add("choice");
        String nearest = Suggestion.nearest(name, known);
        problems.add(
                "engine/bad-type",
                place
                        + ": there is no type \""
                        + Shown.text(name)
                        + "\"; allowed are "
                        + String.join(", ", known)
                        + ", plugin/name and {\"list\": type}.",
                nearest == null ? "Choose one of these." : "Did you mean \"" + nearest + "\"?");
        return null;
    }

    private static @Nullable PortType choice(@Nullable JsonNode options, String place, Problems problems) {
        List<String> words = new ArrayList<>();
        if (options != null && options.isArray()) {
            options.forEach(option -> words.add(option.isTextual() ? option.textValue() : ""));
        }
        if (words.isEmpty() || words.contains("") || words.stream().distinct().count() < words.size()) {
            problems.add(
                    "engine/bad-type",
                    place
                            + ": a choice needs its options, "
                            + (options == null ? "none are given." : Shown.json(options) + " is given."),
                    "Write \"options\": [\"first\", \"second\"], different words of at least one letter.");
            return null;
        }
        return new PortType.Choice(words);
    }

    /// The type without a choice's options, which stand beside it.
    public static JsonNode write(PortType type) {
        JsonNodeFactory nodes = JsonNodeFactory.instance;
        return switch (type) {
            case PortType.Basic basic -> nodes.textNode(basic.name().toLowerCase(Locale.ROOT));
            case PortType.Choice _ -> nodes.textNode("choice");
            case PortType.Declared record -> nodes.textNode(record.id());
            case PortType.ListOf(PortType element) -> nodes.objectNode().set("list", write(element));
        };
    }

    /// The options of a choice or of a list of choices, or null.
    public static @Nullable List<String> options(PortType type) {
        return switch (type) {
            case PortType.Choice(List<String> options) -> options;
            case PortType.ListOf(PortType element) -> options(element);
            case PortType.Basic _, PortType.Declared _ -> null;
        };
    }

    private static Map<String, PortType> basic() {
        Map<String, PortType> types = new HashMap<>();
        for (PortType.Basic type : PortType.Basic.values()) {
            types.put(type.name().toLowerCase(Locale.ROOT), type);
        }
        return Map.copyOf(types);
    }
}
