// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.graph;

/// What the plan's order is found over: nodes that run, and the borders of nested workflows, through which values only pass.
sealed interface Vertex {
    /// A node of an installed type.
    record Runs(Scope scope, String node) implements Vertex {}

    /// All declared inputs of a nested workflow: like a node, it starts when it has them all.
    record Enters(Scope scope) implements Vertex {}

    /// A declared output of a nested workflow.
    record Leaves(Scope scope, String output) implements Vertex {}

    /// As a path of a cycle shows it.
    default String id() {
        return switch (this) {
            case Runs(Scope scope, String node) -> scope.id(node);
            case Enters(Scope scope) -> outer(scope);
            case Leaves(Scope scope, String _) -> outer(scope);
        };
    }

    private static String outer(Scope scope) {
        return scope.parent == null ? scope.node : scope.parent.id(scope.node);
    }
}
