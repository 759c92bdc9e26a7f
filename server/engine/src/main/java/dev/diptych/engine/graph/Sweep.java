// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.graph;

import com.fasterxml.jackson.databind.JsonNode;

import dev.diptych.engine.document.PortType;
import dev.diptych.engine.document.WorkflowDocument;

import org.jspecify.annotations.Nullable;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;

/// A list given for a workflow input that takes one value: the workflow runs for each element, as one job.
/// The input becomes a list, and the rules for lists wired to single values do the rest.
public final class Sweep {
    private Sweep() {}

    /// The document with each input that is given a list declared as a list. Ranges and titles stay.
    public static WorkflowDocument over(WorkflowDocument document, Map<String, JsonNode> given) {
        SequencedMap<String, WorkflowDocument.Input> inputs = new LinkedHashMap<>(document.inputs());
        inputs.replaceAll((name, input) -> {
            int extra = levels(given.get(name)) - levels(input.type());
            PortType type = input.type();
            for (int i = 0; i < extra; i++) {
                type = new PortType.ListOf(type);
            }
            return new WorkflowDocument.Input(
                    type, input.title(), input.help(), extra > 0 ? null : input.defaultValue(), input.range());
        });
        return new WorkflowDocument(
                document.format(),
                document.name(),
                document.title(),
                document.description(),
                inputs,
                document.nodes(),
                document.outputs(),
                document.layout());
    }

    private static int levels(@Nullable JsonNode value) {
        int levels = 0;
        for (JsonNode node = value; node != null && node.isArray(); node = node.get(0)) {
            levels++;
        }
        return levels;
    }

    private static int levels(PortType type) {
        int levels = 0;
        for (PortType inner = type; inner instanceof PortType.ListOf list; inner = list.element()) {
            levels++;
        }
        return levels;
    }
}
