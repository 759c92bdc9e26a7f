// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.graph;

import dev.diptych.engine.document.Problem;

import org.jspecify.annotations.Nullable;

/// Where a binding stands, for problems with it.
record Place(@Nullable String node, @Nullable String nodeType, @Nullable String port) {
    Problem problem(String code, String message, @Nullable String next) {
        return new Problem(code, node, nodeType, port, message, next);
    }

    Place at(String port) {
        return new Place(node, nodeType, port);
    }
}
