// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.document;

import com.fasterxml.jackson.databind.JsonNode;

import org.jspecify.annotations.Nullable;

/// One input or output of a node, as its record component declares it.
///
/// @param isOptional   may be left open without a default; then the node sees an empty Optional
/// @param defaultValue the literal that stands in when a document leaves the input open
/// @param range        what numbers may be, or null
/// @param isSameForAll a seed that does not advance when its node is mapped
/// @param isMultiline  text that deserves several lines
public record PortSchema(
        String name,
        PortType type,
        String help,
        boolean isOptional,
        @Nullable JsonNode defaultValue,
        @Nullable Bounds range,
        boolean isSameForAll,
        boolean isMultiline) {
    /// Both ends included; infinite where open.
    ///
    /// @param step 0 when the author left it to the editor
    public record Bounds(double min, double max, double step) {
        public boolean contains(double value) {
            return value >= min && value <= max;
        }
    }

    public boolean isRequired() {
        return !isOptional && defaultValue == null;
    }
}
