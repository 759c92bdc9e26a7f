// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.graph;

import com.fasterxml.jackson.databind.JsonNode;

import dev.diptych.engine.document.PortType;
import dev.diptych.engine.document.Problem;
import dev.diptych.engine.document.Problems;
import dev.diptych.engine.document.Shown;
import dev.diptych.engine.document.Suggestion;
import dev.diptych.engine.document.WorkflowDocument;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;

/// Checks the inputs that somebody gives for a run against those that the workflow declares.
public final class InputChecker {
    /// @param values each declared input with the given value or its default
    /// @param types  the declared types, with a list around them where a list of values was given: the workflow then runs for each
    public record CheckedInputs(SequencedMap<String, JsonNode> values, SequencedMap<String, PortType> types) {}

    /// @throws DocumentException with all problems
    public CheckedInputs check(WorkflowDocument document, Map<String, JsonNode> given) {
        Problems problems = new Problems();
        for (String name : given.keySet()) {
            if (!document.inputs().containsKey(name)) {
                problems.add(() ->
                        new Problem(
                                "engine/unknown-input",
                                null,
                                null,
                                Shown.text(name),
                                "The workflow \"" + document.name() + "\" has no such input.",
                                Suggestion.sentence(name, document.inputs().keySet())));
            }
        }
        CheckedInputs checked = new CheckedInputs(new LinkedHashMap<>(), new LinkedHashMap<>());
        document.inputs()
                .forEach((name, input) -> {
                    JsonNode value = given.getOrDefault(name, input.defaultValue());
                    if (value == null) {
                        problems.add(() ->
                                new Problem(
                                        "engine/missing-input",
                                        null,
                                        null,
                                        name,
                                        input.type().label() + " is needed, nothing is given.",
                                        "Give a value for it; it has no default."));
                        return;
                    }
                    LiteralChecker.Checked literal = LiteralChecker.check(value, input.type(), input.range());
                    LiteralChecker.Complaint complaint = literal.complaint();
                    if (complaint != null) {
                        problems.add(
                                new Problem(complaint.code(), null, null, name, complaint.message(), complaint.next()));
                    }
                    checked.values().put(name, value);
                    checked.types().put(name, literal.type());
                });
        problems.throwIfAny();
        return checked;
    }

    /// Tells which defaults do not fit their own declaration.
    static void checkDefaults(WorkflowDocument document, String prefix, Problems problems) {
        document.inputs()
                .forEach((name, input) -> {
                    if (input.defaultValue() == null) {
                        return;
                    }
                    LiteralChecker.Checked literal =
                            LiteralChecker.check(input.defaultValue(), input.type(), input.range());
                    LiteralChecker.Complaint complaint = literal.complaint();
                    if (complaint != null) {
                        problems.add(
                                new Problem(
                                        complaint.code(),
                                        null,
                                        null,
                                        prefix + name,
                                        "The default does not fit: " + complaint.message(),
                                        complaint.next()));
                    } else if (!literal.type().equals(input.type())) {
                        problems.add(
                                new Problem(
                                        "engine/wrong-type",
                                        null,
                                        null,
                                        prefix + name,
                                        "The default does not fit: "
                                                + input.type().label()
                                                + " is needed, a "
                                                + literal.type().label()
                                                + " is given.",
                                        "Give one value, or declare {\"list\": …}."));
                    }
                });
    }
}
