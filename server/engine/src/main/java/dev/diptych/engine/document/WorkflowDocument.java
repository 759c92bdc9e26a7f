// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.document;

import com.fasterxml.jackson.databind.JsonNode;

import org.jspecify.annotations.Nullable;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

/// A workflow as it is written: nodes, links, declared inputs and outputs. Order is the file's. Nothing is resolved or checked beyond its form.
///
/// @param format      the value of `"diptych"`: the version of the document format
/// @param description empty when the document has none
/// @param layout      the editor's; no part of the revision
public record WorkflowDocument(
        int format,
        String name,
        String title,
        String description,
        SequencedMap<String, Input> inputs,
        SequencedMap<String, Node> nodes,
        SequencedMap<String, Binding> outputs,
        @Nullable JsonNode layout) {
    public WorkflowDocument {
        inputs = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(inputs));
        nodes = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(nodes));
        outputs = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(outputs));
    }

    /// A declared input of the workflow.
    ///
    /// @param defaultValue null: the input must be given
    /// @param range        what numbers may be, or null
    public record Input(
            PortType type,
            String title,
            String help,
            @Nullable JsonNode defaultValue,
            PortSchema.@Nullable Bounds range) {}

    /// @param type    `plugin/name`, or `workflow:name@revision` for a nested workflow
    /// @param version the version it was written for
    public record Node(String type, int version, SequencedMap<String, Binding> in) {
        public Node {
            in = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(in));
        }
    }
}
