// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.plugin;

import dev.diptych.api.node.NodeContext;

import java.util.Map;

/// Calls a node with plain values: makes its record of inputs, a fresh instance, and takes its record of outputs apart.
public interface NodeInvoker {
    /// @param inputs values by port, as [dev.diptych.engine.value.TypedValue#value] describes them; an absent optional port is not in the map
    /// @return a value for each output, in the same representation
    /// @throws dev.diptych.api.error.NodeException of kind PLUGIN, code `engine/node-threw` or `engine/node-returned-null`, when the node breaks its contract;
    ///         the node's own NodeException and CancellationException pass, and so do errors of the virtual machine
    Map<String, Object> invoke(Map<String, Object> inputs, NodeContext context);
}
