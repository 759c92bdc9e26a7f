// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.diptych.engine.document.Shown;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// What `model_index.json` says of a pipeline's components: `"unet": ["diffusers", "UNet2DConditionModel"]`. Entries that are no such pair
/// are options of the pipeline.
///
/// @param components in the order of the file
/// @param absent     those given as `[null, null]`
record ModelIndex(List<Entry> components, Set<String> absent) {
    private static final String CODE = "engine/bad-model-folder";
    private static final int MOST_COMPONENTS = 100;

    /// One component.
    record Entry(String name, String library, String className) {}

    /// @throws dev.diptych.api.error.NodeException `engine/bad-model-folder`, with the reason
    static ModelIndex read(ObjectNode json, String place) {
        List<Entry> components = new ArrayList<>();
        Set<String> absent = new HashSet<>();
        for (Map.Entry<String, JsonNode> field : json.properties()) {
            JsonNode pair = field.getValue();
            if (!pair.isArray() || pair.size() != 2 || field.getKey().startsWith("_")) {
                continue;
            }
            if (pair.path(0).isTextual() && pair.path(1).isTextual()) {
                if (!FolderFiles.isPlainName(field.getKey())) {
                    throw BadFile.of(
                            CODE,
                            place,
                            "the component \""
                                    + Shown.text(field.getKey())
                                    + "\" is not named as a folder beside this file can be.");
                }
                components.add(new Entry(field.getKey(), pair.path(0).textValue(), pair.path(1).textValue()));
            } else if (pair.path(0).isNull() || pair.path(1).isNull()) {
                absent.add(field.getKey());
            }
        }
        if (components.size() > MOST_COMPONENTS) {
            throw BadFile.of(CODE, place, "it names more than " + MOST_COMPONENTS + " components.");
        }
        return new ModelIndex(components, absent);
    }
}
