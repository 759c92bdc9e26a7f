// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.device;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.model.Architecture;
import dev.diptych.api.network.Network;
import dev.diptych.api.network.Parameter;
import dev.diptych.engine.model.checkpoint.Checkpoint;
import dev.diptych.engine.model.checkpoint.StoredTensor;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Finds a network's parameters in a checkpoint.
final class WeightMatch {
    private WeightMatch() {}

    /// @return in the order of the network's parameters
    /// @throws NodeException with all that are missing or have another shape
    static List<StoredTensor> of(String model, Architecture architecture, Network network, Checkpoint checkpoint) {
        Map<String, StoredTensor> renamed = new HashMap<>();
        checkpoint.tensors().forEach((name, tensor) -> renamed.putIfAbsent(architecture.parameterName(name), tensor));
        List<StoredTensor> found = new ArrayList<>();
        List<String> problems = new ArrayList<>();
        for (Map.Entry<String, Parameter> entry : network.parameters().entrySet()) {
            StoredTensor stored = checkpoint.tensors().get(entry.getKey());
            if (stored == null) {
                stored = renamed.get(entry.getKey());
            }
            if (stored == null) {
                problems.add(entry.getKey() + " is missing");
            } else if (!Arrays.equals(stored.shape(), entry.getValue().shape())) {
                problems.add(entry.getValue() + " is needed, the file has " + Arrays.toString(stored.shape()));
            } else {
                found.add(stored);
            }
        }
        if (!problems.isEmpty()) {
            throw NodeException.user(
                    "model/weights", "%s: the weights do not fit: %s", model, String.join("; ", problems));
        }
        return found;
    }
}
