// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.graph;

/// The node type of a nested workflow: `workflow:name@revision`.
final class NestedName {
    private static final String PREFIX = "workflow:";

    private NestedName() {}

    static boolean isNested(String type) {
        return type.startsWith(PREFIX);
    }

    /// `name@revision`
    static String of(String type) {
        return type.substring(PREFIX.length());
    }
}
