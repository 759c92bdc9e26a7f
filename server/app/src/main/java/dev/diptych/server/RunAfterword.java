// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server;

import com.fasterxml.jackson.databind.JsonNode;

import dev.diptych.engine.document.PortSchema;
import dev.diptych.engine.document.PortType;
import dev.diptych.engine.document.WorkflowDocument;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/// What `run` says after its results: what may be turned next, with the values that were used, seeds among them; and what is to be known of a model that was given a picture from
/// elsewhere.
///
/// @param values of the inputs, by name, defaults included
/// @param files  names of the inputs that files were given for
record RunAfterword(WorkflowDocument document, Map<String, JsonNode> values, List<String> files) {
    private static final int LONGEST_VALUE = 60;

    /// @param summary of a model by name, in its authors' words; null if they say nothing
    List<String> lines(Function<String, @Nullable String> summary) {
        List<String> lines = new ArrayList<>();
        List<String> turned = new ArrayList<>();
        document.inputs().forEach((name, input) -> turned.add(turned(name, input)));
        if (!turned.isEmpty()) {
            lines.add("Try next:");
            turned.forEach(each -> lines.add("  -i " + each));
        }
        if (files.stream().map(document.inputs()::get).anyMatch(RunAfterword::isPicture)) {
            document.inputs()
                    .forEach((name, input) -> {
                        JsonNode model = values.getOrDefault(name, input.defaultValue());
                        if (input.type() == PortType.Basic.MODEL && model != null && model.isTextual()) {
                            String known = summary.apply(model.textValue());
                            if (known != null) {
                                lines.add(model.textValue() + ": " + known);
                                lines.add(
                                        "  Another model: ./diptych model add FOLDER --as owner/name, then -i "
                                                + name
                                                + "=owner/name");
                            }
                        }
                    });
        }
        return lines;
    }

    private static boolean isPicture(WorkflowDocument.@Nullable Input input) {
        return input != null
                && (input.type() == PortType.Basic.IMAGE
                        || input.type() instanceof PortType.ListOf list && list.element() == PortType.Basic.IMAGE);
    }

    private String turned(String name, WorkflowDocument.Input input) {
        if (isPicture(input) || input.type() == PortType.Basic.MASK) {
            return name + "=@FILE" + (input.type() instanceof PortType.ListOf ? "   (repeated for more)" : "");
        }
        JsonNode value = values.getOrDefault(name, input.defaultValue());
        String text = value == null ? "…" : value.isTextual() ? written(value.textValue()) : value.toString();
        String shown = text.length() > LONGEST_VALUE ? text.substring(0, LONGEST_VALUE) + "…" : text;
        boolean isQuoted =
                shown.isEmpty() || shown.chars().anyMatch(c -> Character.isWhitespace(c) || "[]{}\"".indexOf(c) >= 0);
        return name + "=" + (isQuoted ? "'" + shown + "'" : shown) + bounds(input.range());
    }

    /// One @ alone would name a file.
    private static String written(String text) {
        return text.startsWith("@") ? "@" + text : text;
    }

    private static String bounds(PortSchema.@Nullable Bounds range) {
        if (range == null || Double.isInfinite(range.min()) && Double.isInfinite(range.max())) {
            return "";
        }
        return Double.isInfinite(range.max())
                ? "   (from " + number(range.min()) + ")"
                : Double.isInfinite(range.min())
                        ? "   (up to " + number(range.max()) + ")"
                        : "   (" + number(range.min()) + " to " + number(range.max()) + ")";
    }

    private static String number(double value) {
        return value == Math.rint(value) && Math.abs(value) < 1e15
                ? Long.toString((long) value)
                : Double.toString(value);
    }
}
