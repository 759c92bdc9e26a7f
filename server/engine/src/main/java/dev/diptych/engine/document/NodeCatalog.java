// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.document;

import java.util.Collection;
import java.util.Optional;

/// The node types that are installed. Immutable: a change of plugins makes a new catalog.
public interface NodeCatalog {
    /// The newest version of a type.
    Optional<NodeSchema> find(String type);

    Collection<NodeSchema> all();

    /// Brings a node that was written for an older version up to the installed one.
    ///
    /// @return how the node changed; empty when no path of migrations leads to the installed version
    Optional<MigratedNode> migrate(String nodeId, WorkflowDocument.Node node);

    /// @param renamedOutputs old name to new name: links of other nodes follow
    record MigratedNode(WorkflowDocument.Node node, java.util.Map<String, String> renamedOutputs) {}
}
