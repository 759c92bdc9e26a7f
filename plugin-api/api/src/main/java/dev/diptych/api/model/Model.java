// SPDX-License-Identifier: Apache-2.0

package dev.diptych.api.model;

import dev.diptych.api.value.Tensor;

import java.util.Map;

/// A network with its weights, on a device. Calls of different jobs with the same shapes may share one forward pass.
/// Belongs to the engine: a node neither keeps it after `run` nor closes it. Usable from any thread.
public interface Model {
    /// One forward pass. Blocks until its rows are back; honours cancellation while it waits.
    ///
    /// @param inputs by the reference's argument names
    /// @return outputs by the reference's result names
    /// @throws dev.diptych.api.error.NodeException             if shapes do not fit, or memory does not suffice
    /// @throws java.util.concurrent.CancellationException if the job was cancelled meanwhile; nodes let it pass
    Map<String, Tensor> call(Map<String, Tensor> inputs);
}
