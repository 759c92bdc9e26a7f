// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.worker.link;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;

/// A workflow with all that it nests: what a job runs, whatever becomes of the stored workflows meanwhile.
///
/// @param document the document itself
/// @param nested   by `name@revision` as documents refer to them, at any depth
public record WorkflowBundle(JsonNode document, SequencedMap<String, JsonNode> nested) {
    private static final ObjectMapper JSON = LinkJson.mapper();

    /// As a job stores it: a JSON object with `document` and `nested`.
    public String text() {
        ObjectNode object = JsonNodeFactory.instance.objectNode();
        object.set("document", document);
        ObjectNode others = object.putObject("nested");
        nested.forEach(others::set);
        return object.toString();
    }

    /// @throws IllegalStateException if the text is not what [#text] made
    public static WorkflowBundle of(String text) {
        try {
            JsonNode object = JSON.readTree(text);
            SequencedMap<String, JsonNode> nested = new TreeMap<>();
            for (Map.Entry<String, JsonNode> entry : object.path("nested").properties()) {
                nested.put(entry.getKey(), entry.getValue());
            }
            return new WorkflowBundle(object.path("document"), nested);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("A stored workflow is no JSON: " + e.getOriginalMessage(), e);
        }
    }
}
