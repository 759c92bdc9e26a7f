// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.device;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.network.NetworkFunction;
import dev.diptych.api.network.Size;
import dev.diptych.api.network.SymbolType;
import dev.diptych.api.value.Tensor;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/// Checks the inputs of a call against the function's declaration before anything native sees them.
final class CallShape {
    private CallShape() {}

    /// @return what each size is that the call decides
    /// @throws NodeException naming the input, what it has and what is needed
    static Map<String, Long> check(String model, NetworkFunction function, Map<String, Tensor> inputs) {
        Map<String, Long> sizes = new HashMap<>();
        for (NetworkFunction.Input input : function.inputs()) {
            Tensor given = inputs.get(input.name());
            if (given == null || given.type() != type(input.symbol().type()) || given.rank() != input.symbol().rank()) {
                throw wrong(model, input, given);
            }
            for (int i = 0; i < given.rank(); i++) {
                Size.Declared declared = input.symbol().size(i).declared();
                if (declared != null) {
                    long size = given.size(i);
                    if (size % declared.multiple() != 0) {
                        throw NodeException.user(
                                "model/input-size",
                                "%s, input \"%s\": %s %d is no multiple of %d.",
                                model,
                                input.name(),
                                declared.name(),
                                size,
                                declared.multiple());
                    }
                    sizes.putIfAbsent(declared.name(), size);
                }
            }
        }
        for (NetworkFunction.Input input : function.inputs()) {
            Tensor given = inputs.get(input.name());
            for (int i = 0; given != null && i < given.rank(); i++) {
                if (input.symbol().size(i).value(sizes) != given.size(i)) {
                    throw wrong(model, input, given);
                }
            }
        }
        return sizes;
    }

    /// Of the functions with a name, that whose inputs are given.
    ///
    /// @return its number in the list
    static int find(String model, List<NetworkFunction> functions, String name, Map<String, Tensor> inputs) {
        for (int i = 0; i < functions.size(); i++) {
            NetworkFunction function = functions.get(i);
            if (function.name().equals(name) && function.inputNames().equals(inputs.keySet())) {
                return i;
            }
        }
        List<NetworkFunction> named = functions.stream().filter(each -> each.name().equals(name)).toList();
        if (named.isEmpty()) {
            throw NodeException.user(
                    "model/no-function",
                    "%s has no function \"%s\"; it has %s.",
                    model,
                    name,
                    new TreeSet<>(functions.stream().map(NetworkFunction::name).toList()));
        }
        throw NodeException.user(
                "model/inputs",
                "%s, function \"%s\": the inputs %s are given; it takes %s.",
                model,
                name,
                new TreeSet<>(inputs.keySet()),
                String.join(" or ", named.stream().map(each -> each.inputNames().toString()).toList()));
    }

    private static Tensor.Type type(SymbolType type) {
        return switch (type) {
            case FLOAT, FLOAT32 -> Tensor.Type.FLOAT32;
            case INT64 -> Tensor.Type.INT64;
            case UINT8, BOOL -> Tensor.Type.UINT8;
        };
    }

    private static NodeException wrong(
            String model, NetworkFunction.Input input, @org.jspecify.annotations.Nullable Tensor given) {
        return NodeException.user(
                "model/input-shape",
                "%s, input \"%s\": %s of shape %s is needed, %s given.",
                model,
                input.name(),
                type(input.symbol().type()),
                input.symbol().shape(),
                given == null ? "none" : given.type() + " of shape " + Arrays.toString(given.shape()));
    }
}
