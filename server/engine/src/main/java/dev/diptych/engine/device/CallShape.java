// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.device;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.network.FunctionScope;
import dev.diptych.api.network.NetworkFunction;
import dev.diptych.api.network.Size;
import dev.diptych.api.network.SymbolType;
import dev.diptych.api.value.Tensor;

import org.jspecify.annotations.Nullable;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/// Checks the inputs of a call against the function's declaration before anything native sees them.
final class CallShape {
    private CallShape() {}

    /// @param given what each input is: given by the caller, or kept
    /// @return what each size is that the call decides
    /// @throws NodeException naming the input, what it has and what is needed
    static Map<String, Long> check(String model, NetworkFunction function, Map<String, GivenShape> given) {
        Map<String, Long> sizes = new HashMap<>();
        for (NetworkFunction.Input input : function.inputs()) {
            GivenShape shape = given.get(input.name());
            if (shape == null
                    || shape.type() != type(input.symbol().type())
                    || shape.sizes().length != input.symbol().rank()) {
                throw wrong(model, input, shape);
            }
            for (int i = 0; i < shape.sizes().length; i++) {
                if (input.symbol().size(i).declared() instanceof Size.Declared declared) {
                    declare(model, input, declared, shape.sizes()[i], sizes);
                }
            }
        }
        for (NetworkFunction.Input input : function.inputs()) {
            GivenShape shape = given.get(input.name());
            for (int i = 0; shape != null && i < shape.sizes().length; i++) {
                if (input.symbol().size(i).value(sizes) != shape.sizes()[i]) {
                    throw wrong(model, input, shape);
                }
            }
        }
        return sizes;
    }

    private static void declare(
            String model, NetworkFunction.Input input, Size.Declared declared, long size, Map<String, Long> sizes) {
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
        if (size == 0 && declared.name().equals(FunctionScope.BATCH)) {
            throw NodeException.user(
                    "model/input-size", "%s, input \"%s\": it has no rows; give at least one.", model, input.name());
        }
        sizes.putIfAbsent(declared.name(), size);
    }

    /// Of the functions with a name, that whose inputs are given or kept; of several that which uses most.
    ///
    /// @param kept names of values that stayed on the device
    /// @return its number in the list
    static int find(String model, List<NetworkFunction> functions, String name, Set<String> given, Set<String> kept) {
        int best = -1;
        for (int i = 0; i < functions.size(); i++) {
            NetworkFunction function = functions.get(i);
            Set<String> needed = function.inputNames();
            boolean isComplete =
                    function.name().equals(name)
                            && needed.containsAll(given)
                            && needed.stream().allMatch(input -> given.contains(input) || kept.contains(input));
            if (isComplete && (best < 0 || needed.size() > functions.get(best).inputs().size())) {
                best = i;
            }
        }
        if (best >= 0) {
            return best;
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
                "%s, function \"%s\": the inputs %s are given%s; it takes %s.",
                model,
                name,
                new TreeSet<>(given),
                kept.isEmpty() ? "" : " and " + new TreeSet<>(kept) + " are kept",
                String.join(" or ", named.stream().map(each -> each.inputNames().toString()).toList()));
    }

    private static Tensor.Type type(SymbolType type) {
        return switch (type) {
            case FLOAT, FLOAT32 -> Tensor.Type.FLOAT32;
            case INT64 -> Tensor.Type.INT64;
            case UINT8, BOOL -> Tensor.Type.UINT8;
        };
    }

    private static NodeException wrong(String model, NetworkFunction.Input input, @Nullable GivenShape given) {
        return NodeException.user(
                "model/input-shape",
                "%s, input \"%s\": %s of shape %s is needed, %s given.",
                model,
                input.name(),
                type(input.symbol().type()),
                input.symbol().shape(),
                given == null ? "none" : given);
    }
}
