// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.conformance;

import dev.diptych.api.model.CaseContext;
import dev.diptych.api.model.CaseRunner;
import dev.diptych.api.model.ConformanceCase;
import dev.diptych.api.model.Model;
import dev.diptych.api.network.NetworkFunction;
import dev.diptych.api.value.Tensor;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/// One forward pass of any network that a plugin describes: the functions whose inputs the case gives are called, those that take most of them first, until
/// all outputs are there. An input that none of them takes is let pass while the outputs are the reference's: cases give labels also to networks that have no
/// use for them.
final class NetworkRunner implements CaseRunner {
    @Override
    public boolean runs(ConformanceCase test) {
        return test.kind().equals("network") && !test.architecture().isEmpty();
    }

    @Override
    public Map<String, Tensor> run(ConformanceCase test, CaseContext context) {
        String className = test.architecture().substring(test.architecture().lastIndexOf('/') + 1);
        Object folder = test.json().getOrDefault("checkpoint", "model");
        Path checkpoint = test.folder().resolve(String.valueOf(folder));
        Map<String, Tensor> inputs = test.inputs();
        Map<String, Tensor> wanted = test.outputs();
        Model model = context.model(checkpoint, className);
        Map<String, Tensor> outputs = new LinkedHashMap<>();
        Set<String> unused = new TreeSet<>(inputs.keySet());
        for (NetworkFunction function : candidates(model, inputs)) {
            if (outputs.keySet().containsAll(wanted.keySet())) {
                break;
            }
            if (function.outputs().keySet().stream()
                    .anyMatch(name -> wanted.containsKey(name) && !outputs.containsKey(name))) {
                model.call(function.name(), FittedInputs.of(function, inputs)).forEach(outputs::putIfAbsent);
                unused.removeAll(function.inputNames());
            }
        }
        if (outputs.isEmpty()) {
            throw new UnsupportedOperationException(
                    className
                            + " has no function that takes "
                            + inputs.keySet()
                            + " and gives "
                            + wanted.keySet()
                            + ".");
        }
        if (!unused.isEmpty()) {
            requireReference(test, className, unused, wanted, outputs);
        }
        return outputs;
    }

    private static void requireReference(
            ConformanceCase test,
            String className,
            Set<String> unused,
            Map<String, Tensor> wanted,
            Map<String, Tensor> outputs) {
        Tolerances tolerances = Tolerances.of(test.json());
        wanted.forEach((name, tensor) -> {
            Comparison comparison =
                    Comparison.of(
                            name, tensor, outputs.get(name), tolerances.of(name, tensor), tolerances.isAbsolute());
            if (!comparison.passes()) {
                throw new UnsupportedOperationException(
                        className
                                + " has no function that takes the input "
                                + String.join(", ", unused)
                                + ". Without it: "
                                + comparison.reason());
            }
        });
    }

    private static List<NetworkFunction> candidates(Model model, Map<String, Tensor> inputs) {
        List<NetworkFunction> candidates = new ArrayList<>(model.network().functions());
        candidates.removeIf(function -> !inputs.keySet().containsAll(function.inputNames()));
        candidates.sort(
                Comparator.comparing((NetworkFunction function) -> !function.name().equals(Model.FORWARD))
                        .thenComparing(function -> -function.inputs().size()));
        return candidates;
    }
}
