// SPDX-License-Identifier: Apache-2.0

package dev.diptych.api.node;

import org.pf4j.ExtensionPoint;

/// One pure step: same inputs, same outputs. What is random takes a [dev.diptych.api.value.Seed]; what costs time asks its context
/// for progress and cancellation. A fresh instance runs each time; it needs a public constructor without parameters, and keeps no state.
///
/// A class that implements this carries `@Extension` (so that it is found) and [NodeType]. Migrations are static methods with [MigratesFrom].
///
/// @param <I> record of inputs: each component is a port
/// @param <O> record of outputs: each component is a port
public interface Node<I extends Record, O extends Record> extends ExtensionPoint {
    /// Computes the outputs. Runs on a pool of platform threads, never on an event loop.
    ///
    /// @throws dev.diptych.api.error.NodeException for what a user, operator or author can mend; anything else counts as the plugin's fault
    O run(I in, NodeContext context) throws Exception;
}
