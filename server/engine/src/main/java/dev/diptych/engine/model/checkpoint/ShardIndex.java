// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.diptych.engine.document.Shown;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/// Which file of a checkpoint in several files holds which tensor: `*.safetensors.index.json`, `*.bin.index.json`.
///
/// @param files    the file's name by the tensor's, in the order of the index
/// @param metadata what the index says about itself; `total_size` is not checked, since published ones count shared tensors as they like
record ShardIndex(Map<String, String> files, Map<String, String> metadata) {
    private static final String CODE = "engine/bad-index";

    /// @throws dev.diptych.api.error.NodeException `engine/bad-index`, with the reason
    static ShardIndex read(ObjectNode json, String place) {
        if (!(json.get("weight_map") instanceof ObjectNode map)) {
            throw BadFile.of(CODE, place, "\"weight_map\" is needed, an object with the file of each tensor.");
        }
        if (map.size() > SafetensorsHeader.MOST_TENSORS) {
            throw BadFile.of(CODE, place, "it names more than " + SafetensorsHeader.MOST_TENSORS + " tensors.");
        }
        Map<String, String> files = LinkedHashMap.newLinkedHashMap(map.size());
        for (Map.Entry<String, JsonNode> entry : map.properties()) {
            if (!entry.getValue().isTextual() || !FolderFiles.isPlainName(entry.getValue().textValue())) {
                throw BadFile.of(
                        CODE,
                        place,
                        "tensor \""
                                + Shown.text(entry.getKey())
                                + "\" lies in "
                                + Shown.json(entry.getValue())
                                + ", the name of a file beside the index is needed.");
            }
            files.put(entry.getKey(), entry.getValue().textValue());
        }
        Map<String, String> metadata = new LinkedHashMap<>();
        json.path("metadata").properties().forEach(entry -> metadata.put(entry.getKey(), entry.getValue().asText()));
        return new ShardIndex(files, metadata);
    }

    Set<String> fileNames() {
        return new LinkedHashSet<>(files.values());
    }
}
