// SPDX-License-Identifier: Apache-2.0

package dev.diptych.api.model;

import dev.diptych.api.network.Network;
import dev.diptych.api.value.Tensor;

import java.util.List;
import java.util.Map;

/// A network with its weights, on a device. Calls of different jobs with the same shapes may share one forward pass.
/// Belongs to the engine: a node neither keeps it after `run` nor closes it. Usable from any thread.
public interface Model {
    /// The function that most networks have.
    String FORWARD = "forward";

    /// One forward pass. Blocks until its rows are back; honours cancellation while it waits.
    ///
    /// @param function by its name in the network's description; of several with one name, that whose inputs are given
    /// @param inputs   by the reference's argument names
    /// @return outputs by the reference's result names; floating-point ones as float32
    /// @throws dev.diptych.api.error.NodeException            if an input is missing, has a wrong shape or type, or memory does not suffice
    /// @throws java.util.concurrent.CancellationException if the job was cancelled meanwhile; nodes let it pass
    Map<String, Tensor> call(String function, Map<String, Tensor> inputs);

    /// As [#call(String, Map)], of the function [#FORWARD].
    default Map<String, Tensor> call(Map<String, Tensor> inputs) {
        return call(FORWARD, inputs);
    }

    /// The gradient of the sum of all elements of an output with respect to inputs, computed in float32.
    ///
    /// @param output by its name
    /// @param of     names of float inputs
    /// @return for each of `of` a tensor of that input's shape
    Map<String, Tensor> gradient(String function, Map<String, Tensor> inputs, String output, List<String> of);

    /// Calls whose outputs stay on the device between them, as an autoregressive network's keys and values do: outputs declared with
    /// [dev.diptych.api.network.FunctionScope#keep] are inputs of the next call. Ends with the node that began it, if it is not closed before.
    ///
    /// @param maximumBytes the most that stays at any time; reserved before this returns
    /// @throws dev.diptych.api.error.NodeException if the device never has that much
    Session session(long maximumBytes);

    /// What the network is.
    Network network();

    /// The component's published settings.
    Config config();

    /// Tensors that stay on the device.
    interface Session extends AutoCloseable {
        /// As [Model#call(String, Map)]; inputs that are not given are those kept by the calls before.
        ///
        /// @return the outputs that are not kept
        Map<String, Tensor> call(String function, Map<String, Tensor> inputs);

        @Override
        void close();
    }
}
