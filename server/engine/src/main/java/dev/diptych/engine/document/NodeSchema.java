// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.document;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/// A node type as its plugin declares it. Ports keep the order of the record's components.
///
/// @param type         `plugin/name`
/// @param pluginId     who supplies it
/// @param pluginDigest of the plugin's classes and of all that the plugin depends on: part of each cache key
public record NodeSchema(
        String type,
        int version,
        String title,
        String group,
        String description,
        SequencedMap<String, PortSchema> inputs,
        SequencedMap<String, PortSchema> outputs,
        String pluginId,
        String pluginDigest) {
    public NodeSchema(
            String type,
            int version,
            String title,
            String group,
            String description,
            List<PortSchema> inputs,
            List<PortSchema> outputs,
            String pluginId,
            String pluginDigest) {
        this(type, version, title, group, description, byName(inputs), byName(outputs), pluginId, pluginDigest);
    }

    private static SequencedMap<String, PortSchema> byName(List<PortSchema> ports) {
        SequencedMap<String, PortSchema> map = new LinkedHashMap<>();
        ports.forEach(port -> map.put(port.name(), port));
        return java.util.Collections.unmodifiableSequencedMap(map);
    }
}
