// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.graph;

import dev.diptych.engine.document.WorkflowDocument;

import org.jspecify.annotations.Nullable;

/// A document in its place: the workflow itself, or one nested in a node. Equal only to itself.
///
/// A child sees nothing of its parent but what the node's inputs bind.
final class Scope {
    final WorkflowDocument document;
    final @Nullable Scope parent;

    /// The node of the parent that holds this workflow; empty at the root.
    final String node;

    /// `name@revision`; empty at the root.
    final String name;

    final int level;
    private final String prefix;

    private Scope(WorkflowDocument document, @Nullable Scope parent, String node, String name) {
        this.document = document;
        this.parent = parent;
        this.node = node;
        this.name = name;
        this.level = parent == null ? 0 : parent.level + 1;
        this.prefix = parent == null ? "" : parent.id(node) + '/';
    }

    static Scope root(WorkflowDocument document) {
        return new Scope(document, null, "", "");
    }

    Scope child(String node, String name, WorkflowDocument document) {
        return new Scope(document, this, node, name);
    }

    /// The id that a node of this document has in the plan.
    String id(String node) {
        return prefix + node;
    }

    boolean isInside(String name) {
        for (Scope scope = this; scope != null; scope = scope.parent) {
            if (scope.name.equals(name)) {
                return true;
            }
        }
        return false;
    }
}
