// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.model.Architecture;
import dev.diptych.api.network.Network;
import dev.diptych.engine.model.checkpoint.Checkpoint;
import dev.diptych.engine.model.checkpoint.KeyReport;
import dev.diptych.engine.model.checkpoint.StoredTensor;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.regex.Pattern;

/// Finds a network's parameters in a checkpoint.
public final class WeightMatch {
    private WeightMatch() {}

    /// @return in the order of the network's parameters
    /// @throws NodeException with all that are missing, have another shape, or are too many
    public static List<StoredTensor> of(
            String model, Architecture architecture, Network network, Checkpoint checkpoint) {
        Map<String, long[]> expected = shapes(network);
        SequencedMap<String, StoredTensor> tensors = byParameter(architecture, expected, checkpoint);
        KeyReport report = KeyReport.of(new Renamed(tensors), expected);
        if (!report.isComplete() || !report.extra().isEmpty()) {
            throw NodeException.user(
                            "model/weights", "%s: the weights do not fit the network.\n%s", model, report.text())
                    .next("Check that the configuration belongs to these weights.");
        }
        List<StoredTensor> found = new ArrayList<>();
        expected.keySet().forEach(name -> found.add(Objects.requireNonNull(tensors.get(name))));
        return found;
    }

    /// How a checkpoint's header differs from what a network needs. No tensor is read.
    public static KeyReport report(Architecture architecture, Network network, Checkpoint checkpoint) {
        Map<String, long[]> expected = shapes(network);
        return KeyReport.of(new Renamed(byParameter(architecture, expected, checkpoint)), expected);
    }

    private static Map<String, long[]> shapes(Network network) {
        Map<String, long[]> shapes = new LinkedHashMap<>();
        network.parameters().forEach((name, parameter) -> shapes.put(name, parameter.shape()));
        return shapes;
    }

    /// Without those that the architecture does without. A tensor that has a parameter's name is that parameter, whatever others are called.
    private static SequencedMap<String, StoredTensor> byParameter(
            Architecture architecture, Map<String, long[]> expected, Checkpoint checkpoint) {
        SequencedMap<String, StoredTensor> found = new LinkedHashMap<>();
        List<Pattern> ignored = architecture.ignoredTensors().stream().map(WeightMatch::pattern).toList();
        checkpoint
                .tensors()
                .forEach((name, tensor) -> {
                    if (expected.containsKey(name)) {
                        found.put(name, tensor);
                    }
                });
        checkpoint
                .tensors()
                .forEach((name, tensor) -> {
                    String parameter = architecture.parameterName(name);
                    if (!expected.containsKey(name)
                            && ignored.stream().noneMatch(pattern -> pattern.matcher(name).matches())) {
                        found.putIfAbsent(parameter, tensor);
                    }
                });
        return found;
    }

    private static Pattern pattern(String ignored) {
        return Pattern.compile(Pattern.quote(ignored).replace("*", "\\E.*\\Q"));
    }

    /// The tensors by their parameters' names. Somebody else closes them.
    private record Renamed(SequencedMap<String, StoredTensor> tensors) implements Checkpoint {
        @Override
        public SequencedMap<String, StoredTensor> tensors() {
            return Collections.unmodifiableSequencedMap(tensors);
        }

        @Override
        public Map<String, String> metadata() {
            return Map.of();
        }

        @Override
        public void close() {}
    }
}
