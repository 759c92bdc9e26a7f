// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.graph;

import com.fasterxml.jackson.databind.JsonNode;

import dev.diptych.engine.document.PortSchema;
import dev.diptych.engine.document.PortType;
import dev.diptych.engine.document.Shown;
import dev.diptych.engine.document.Suggestion;

import org.jspecify.annotations.Nullable;

import java.math.BigInteger;
import java.util.Iterator;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// Checks values that are written down, in a document or in a request, against the type and range of what they are for.
final class LiteralChecker {
    private static final BigInteger LARGEST_EXACT = BigInteger.ONE.shiftLeft(53);
    private static final BigInteger SMALLEST_SEED = BigInteger.ONE.shiftLeft(63).negate();
    private static final BigInteger LARGEST_SEED = BigInteger.ONE.shiftLeft(64).subtract(BigInteger.ONE);
    private static final Pattern DIGITS = Pattern.compile("-?[0-9]{1,20}");
    private static final String SEGMENT = "[\\p{L}\\p{N}_][\\p{L}\\p{N}_. +-]{0,120}";
    private static final Pattern ASSET =
            Pattern.compile("asset:([0-9a-f]{64}|[a-z0-9][a-z0-9-]{0,63}(/" + SEGMENT + "){1,16})");
    private static final Pattern MODEL = Pattern.compile(SEGMENT + "(/" + SEGMENT + "){0,16}");
    private static final int MOST_LISTS = 100;
    private static final int MOST_OPTIONS_SHOWN = 12;

    /// What is wrong with a value, without its place.
    record Complaint(String code, String message, @Nullable String next) {}

    /// @param type      with the lists that the literal has beyond the port's
    /// @param complaint null when the value is good
    record Checked(PortType type, @Nullable Complaint complaint) {}

    private LiteralChecker() {}

    static Checked check(JsonNode json, PortType port, PortSchema.@Nullable Bounds range) {
        int lists = 0;
        for (JsonNode inner = json; inner != null && inner.isArray() && lists < MOST_LISTS; inner = inner.get(0)) {
            lists++;
        }
        int needed = TypeRules.lists(port);
        PortType leaf = TypeRules.leaf(port);
        if (lists < needed) {
            if (!json.isArray() || !isEmptyInside(json)) {
                return new Checked(port, needs(port, json));
            }
            lists = needed;
        }
        return new Checked(TypeRules.wrap(leaf, lists), complaint(json, leaf, lists, range));
    }

    /// An empty array may stand for an empty list of lists.
    private static boolean isEmptyInside(JsonNode array) {
        JsonNode inner = array;
        while (inner.isArray() && !inner.isEmpty()) {
            inner = inner.get(0);
        }
        return inner.isArray();
    }

    private static @Nullable Complaint complaint(
            JsonNode json, PortType leaf, int lists, PortSchema.@Nullable Bounds range) {
        if (lists == 0) {
            return leafComplaint(json, leaf, range);
        }
        if (!json.isArray()) {
            return new Complaint(
                    "engine/uneven-list",
                    "The list holds " + Shown.json(json) + " beside lists.",
                    "Let all its elements be lists, or none.");
        }
        for (JsonNode element : json) {
            Complaint complaint = complaint(element, leaf, lists - 1, range);
            if (complaint != null) {
                return complaint;
            }
        }
        return null;
    }

    private static @Nullable Complaint leafComplaint(JsonNode json, PortType leaf, PortSchema.@Nullable Bounds range) {
        return switch (leaf) {
            case PortType.Basic basic ->
                    switch (basic) {
                        case IMAGE, MASK -> assetComplaint(json, basic);
                        case TEXT -> json.isTextual() ? null : needs(basic, json);
                        case BOOLEAN -> json.isBoolean() ? null : needs(basic, json);
                        case NUMBER -> numberComplaint(json, range);
                        case INTEGER -> integerComplaint(json, range);
                        case SEED -> seedComplaint(json);
                        case MODEL -> modelComplaint(json);
                        case EMBEDDING, LATENT, TENSOR, VIDEO -> cannotBeWritten(basic);
                    };
            case PortType.Choice(List<String> options) -> choiceComplaint(json, options);
            case PortType.Declared declared -> recordComplaint(json, declared);
            case PortType.ListOf list -> needs(list, json);
        };
    }

    private static @Nullable Complaint numberComplaint(JsonNode json, PortSchema.@Nullable Bounds range) {
        if (!json.isNumber()) {
            return needs(PortType.Basic.NUMBER, json);
        }
        double value = json.doubleValue();
        if (!Double.isFinite(value)) {
            return new Complaint("engine/not-a-number", json.asText() + " is not finite.", "Write a finite number.");
        }
        return rangeComplaint(json, value, range);
    }

    private static @Nullable Complaint integerComplaint(JsonNode json, PortSchema.@Nullable Bounds range) {
        if (!json.isNumber()) {
            return needs(PortType.Basic.INTEGER, json);
        }
        double value = json.doubleValue();
        if (value != Math.rint(value) || Double.isInfinite(value)) {
            return new Complaint(
                    "engine/not-an-integer", Shown.json(json) + " is no whole number.", "Write it without a fraction.");
        }
        if (Math.abs(value) > LARGEST_EXACT.doubleValue()) {
            return new Complaint(
                    "engine/out-of-range",
                    Shown.json(json) + " is outside -2^53 … 2^53.",
                    "Write a number in the range.");
        }
        return rangeComplaint(json, value, range);
    }

    private static @Nullable Complaint rangeComplaint(JsonNode json, double value, PortSchema.@Nullable Bounds range) {
        if (range == null || range.contains(value)) {
            return null;
        }
        String where =
                range.min() == Double.NEGATIVE_INFINITY
                        ? " is above " + number(range.max())
                        : range.max() == Double.POSITIVE_INFINITY
                                ? " is below " + number(range.min())
                                : " is outside " + number(range.min()) + " … " + number(range.max());
        return new Complaint("engine/out-of-range", Shown.json(json) + where + '.', "Write a number in the range.");
    }

    private static String number(double value) {
        return value == Math.rint(value) && Math.abs(value) < 1e15
                ? Long.toString((long) value)
                : Double.toString(value);
    }

    private static @Nullable Complaint seedComplaint(JsonNode json) {
        if (json.isIntegralNumber()) {
            return json.bigIntegerValue().abs().compareTo(LARGEST_EXACT) <= 0
                    ? null
                    : new Complaint(
                            "engine/out-of-range",
                            "The seed " + Shown.json(json) + " is beyond 2^53, where JSON numbers are rounded.",
                            "Write it as a text of digits: \"" + Shown.text(json.asText()) + "\".");
        }
        if (!json.isTextual() || !DIGITS.matcher(json.textValue()).matches()) {
            return new Complaint(
                    "engine/wrong-type",
                    "seed is needed, " + Shown.json(json) + " is given.",
                    "Write a whole number up to 2^53, or a text of decimal digits.");
        }
        BigInteger seed = new BigInteger(json.textValue());
        return seed.compareTo(SMALLEST_SEED) >= 0 && seed.compareTo(LARGEST_SEED) <= 0
                ? null
                : new Complaint(
                        "engine/out-of-range",
                        "The seed " + Shown.json(json) + " has more than 64 bits.",
                        "Write a number in -2^63 … 2^64 - 1.");
    }

    private static @Nullable Complaint choiceComplaint(JsonNode json, List<String> options) {
        if (json.isTextual() && options.contains(json.textValue())) {
            return null;
        }
        String shown =
                options.size() <= MOST_OPTIONS_SHOWN
                        ? String.join("\", \"", options)
                        : String.join("\", \"", options.subList(0, MOST_OPTIONS_SHOWN)) + "\", … \"";
        String nearest = json.isTextual() ? Suggestion.nearest(json.textValue(), options) : null;
        return new Complaint(
                "engine/not-a-choice",
                Shown.json(json) + " is none of \"" + shown + "\".",
                nearest == null ? "Choose one of these." : "Did you mean \"" + nearest + "\"?");
    }

    private static @Nullable Complaint assetComplaint(JsonNode json, PortType.Basic type) {
        if (json.isTextual() && ASSET.matcher(json.textValue()).matches()) {
            return null;
        }
        return new Complaint(
                "engine/bad-asset",
                type.label() + " is needed, " + Shown.json(json) + " is no asset.",
                "Write \"asset:\" and the 64 hexadecimal digits of an upload, or \"asset:plugin/path\".");
    }

    private static @Nullable Complaint modelComplaint(JsonNode json) {
        String next =
                "Write a name like \"portraits/unclip\", or {\"model\": name, \"lora\": [{\"model\": name, \"scale\": 1}]}.";
        if (isModelName(json)) {
            return null;
        }
        if (!json.isObject() || !isModelName(json.path("model"))) {
            return new Complaint(
                    "engine/bad-model", "model is needed, " + Shown.json(json) + " is no model's name.", next);
        }
        String unknown = unknownField(json, List.of("model", "lora"));
        JsonNode loras = json.get("lora");
        if (unknown != null || loras != null && !loras.isArray()) {
            return new Complaint(
                    "engine/bad-model",
                    unknown == null
                            ? "\"lora\" is " + Shown.json(json.path("lora")) + ", an array is needed."
                            : "The model has the unknown field \"" + Shown.text(unknown) + "\".",
                    next);
        }
        for (JsonNode lora : json.path("lora")) {
            JsonNode scale = lora.get("scale");
            if (!isModelName(lora.path("model"))
                    || unknownField(lora, List.of("model", "scale")) != null
                    || scale != null && !(scale.isNumber() && Double.isFinite(scale.doubleValue()))) {
                return new Complaint(
                        "engine/bad-model",
                        "An element of \"lora\" is " + Shown.json(lora) + " of another form.",
                        next);
            }
        }
        return null;
    }

    /// An object with each field of the record, and no other. Nothing in a record is mapped: a list stands only where a field is a list.
    private static @Nullable Complaint recordComplaint(JsonNode json, PortType.Declared type) {
        if (type.fields().isEmpty()) {
            return new Complaint(
                    "engine/unknown-type",
                    "No installed plugin declares the type " + type.id() + '.',
                    "Install the plugin, or link a node that gives " + type.id() + '.');
        }
        String form =
                "Write {"
                        + type.fields().stream()
                                .map(field -> '"' + field.name() + "\": " + field.type().label())
                                .collect(Collectors.joining(", "))
                        + "}.";
        if (!json.isObject()) {
            return new Complaint(
                    "engine/wrong-type", type.id() + " is needed, " + Shown.json(json) + " is given.", form);
        }
        List<String> names = type.fields().stream().map(PortType.Declared.Field::name).toList();
        String unknown = unknownField(json, names);
        if (unknown != null) {
            return new Complaint(
                    "engine/unknown-field", type.id() + " has no field \"" + Shown.text(unknown) + "\".", form);
        }
        for (PortType.Declared.Field field : type.fields()) {
            JsonNode value = json.get(field.name());
            if (value == null) {
                return new Complaint(
                        "engine/missing-field",
                        "The field \"" + field.name() + "\" of " + type.id() + " is missing.",
                        form);
            }
            Checked checked = check(value, field.type(), null);
            Complaint complaint =
                    checked.complaint() == null && !checked.type().equals(field.type())
                            ? needs(field.type(), value)
                            : checked.complaint();
            if (complaint != null) {
                return new Complaint(
                        complaint.code(),
                        "Field \"" + field.name() + "\" of " + type.id() + ": " + complaint.message(),
                        complaint.next());
            }
        }
        return null;
    }

    private static boolean isModelName(JsonNode json) {
        return json.isTextual() && MODEL.matcher(json.textValue()).matches();
    }

    private static @Nullable String unknownField(JsonNode object, List<String> known) {
        for (Iterator<String> names = object.fieldNames(); names.hasNext(); ) {
            String name = names.next();
            if (!known.contains(name)) {
                return name;
            }
        }
        return null;
    }

    private static Complaint needs(PortType type, JsonNode json) {
        return new Complaint(
                "engine/wrong-type",
                type.label() + " is needed, " + Shown.json(json) + " is given.",
                json.isNull() ? "Leave the input out, or give a value." : null);
    }

    private static Complaint cannotBeWritten(PortType type) {
        return new Complaint(
                "engine/wrong-type",
                type.label() + " is needed, which cannot be written as a value.",
                "Link it to a node that gives " + type.label() + '.');
    }
}
