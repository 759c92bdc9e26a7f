// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.device;

import dev.diptych.api.network.FunctionScope;
import dev.diptych.api.network.NetworkFunction;
import dev.diptych.api.network.Size;

import java.util.List;

/// What batching needs to know of a function.
///
/// @param isJoinable whether calls of it may be computed together: rows lie along the first dimension of what has rows, every output has them, and nothing stays on the device
/// @param hasRows    of each input
record FunctionFacts(NetworkFunction function, boolean isJoinable, List<Boolean> hasRows) {
    static FunctionFacts of(NetworkFunction function) {
        List<Boolean> hasRows = function.inputs().stream().map(input -> isRows(input.symbol().shape())).toList();
        boolean inputsFit =
                function.inputs().stream()
                        .allMatch(input -> isRows(input.symbol().shape()) || !mentionsRows(input.symbol().shape()));
        boolean outputsFit = function.outputs().values().stream().allMatch(output -> isRows(output.shape()));
        return new FunctionFacts(
                function, hasRows.contains(true) && inputsFit && outputsFit && function.resident().isEmpty(), hasRows);
    }

    /// Whether calls that are joined have different rows of an input, and not the same whole.
    boolean isJoined(int input) {
        return isJoinable && hasRows.get(input);
    }

    /// Whether the first size is the number of rows, and no other depends on it.
    private static boolean isRows(List<Size> shape) {
        return !shape.isEmpty()
                && shape.getFirst().declared() instanceof Size.Declared declared
                && declared.name().equals(FunctionScope.BATCH)
                && declared.multiple() == 1
                && !mentionsRows(shape.subList(1, shape.size()));
    }

    private static boolean mentionsRows(List<Size> shape) {
        return shape.stream().anyMatch(size -> size.variables().contains(FunctionScope.BATCH));
    }
}
