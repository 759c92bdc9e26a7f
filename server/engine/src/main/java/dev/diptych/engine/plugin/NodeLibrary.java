// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.plugin;

import dev.diptych.engine.document.NodeCatalog;

/// The node types that are installed, and how to call them.
public interface NodeLibrary extends NodeCatalog {
    /// @throws IllegalArgumentException if the type is not in the catalog
    NodeInvoker invoker(String type);
}
