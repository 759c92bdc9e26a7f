// SPDX-License-Identifier: Apache-2.0

package dev.diptych.testkit;

import dev.diptych.api.model.Config;
import dev.diptych.api.model.Model;
import dev.diptych.api.network.Network;
import dev.diptych.api.value.Tensor;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/// Stands in for a model: computes its outputs in Java.
///
/// @param forward from inputs to outputs by name
public record FakeModel(UnaryOperator<Map<String, Tensor>> forward) implements Model {
    @Override
    public Map<String, Tensor> call(String function, Map<String, Tensor> inputs) {
        return forward.apply(inputs);
    }

    /// @throws UnsupportedOperationException always: what is computed in Java is not differentiated
    @Override
    public Map<String, Tensor> gradient(String function, Map<String, Tensor> inputs, String output, List<String> of) {
        throw new UnsupportedOperationException("A fake model has no gradient");
    }

    @Override
    public Session session(long maximumBytes) {
        Map<String, Tensor> kept = new LinkedHashMap<>();
        return new Session() {
            @Override
            public Map<String, Tensor> call(String function, Map<String, Tensor> inputs) {
                kept.putAll(inputs);
                kept.putAll(forward.apply(Map.copyOf(kept)));
                return Map.copyOf(kept);
            }

            @Override
            public void close() {
                kept.clear();
            }
        };
    }

    @Override
    public Network network() {
        return new Network(new LinkedHashMap<>(), List.of());
    }

    @Override
    public Config config() {
        return new Config("a fake model", Map.of());
    }
}
