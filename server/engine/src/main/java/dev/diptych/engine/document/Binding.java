// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.document;

import com.fasterxml.jackson.databind.JsonNode;

import java.util.List;

/// Where the value of an input comes from.
public sealed interface Binding {
    /// `{"value": …}`
    record Literal(JsonNode value) implements Binding {}

    /// `{"input": name}`: a declared input of the workflow.
    record Input(String name) implements Binding {}

    /// `{"node": id, "out": port}`
    record Link(String node, String out) implements Binding {}

    /// `{"list": [ … ]}` of any of these.
    record ListOf(List<Binding> elements) implements Binding {
        public ListOf {
            elements = List.copyOf(elements);
        }
    }
}
