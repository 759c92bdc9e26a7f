// SPDX-License-Identifier: Apache-2.0

package dev.diptych.api.network;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/// A function of a [Network]: from tensors to tensors by name.
///
/// @param name      by which a model is asked for it; several functions of one name differ in their inputs' names
/// @param inputs    in the order of their declaration
/// @param constants tables that are made when the network is described, in the order in which instructions may refer to them
/// @param outputs   by name
/// @param resident  outputs that stay on the device for a later call of the same session
public record NetworkFunction(
        String name,
        List<Input> inputs,
        List<Constant> constants,
        List<Instruction> instructions,
        Map<String, Symbol> outputs,
        Set<String> resident) {
    public NetworkFunction {
        inputs = List.copyOf(inputs);
        constants = List.copyOf(constants);
        instructions = List.copyOf(instructions);
    }

    /// What a call gives.
    ///
    /// @param symbol its shape says what fits
    public record Input(String name, Symbol symbol) {}

    /// A table.
    public record Constant(dev.diptych.api.value.Tensor tensor, Symbol symbol) {}

    /// The names of the inputs.
    public Set<String> inputNames() {
        return inputs.stream().map(Input::name).collect(Collectors.toCollection(TreeSet::new));
    }

    /// Floating-point operations of one call, multiplication and addition counted as two; matrix products, convolutions and attention only.
    ///
    /// @param variables what each size is that a call decides
    public long flops(Map<String, Long> variables) {
        return flops(instructions, variables);
    }

    private static long flops(List<Instruction> instructions, Map<String, Long> variables) {
        long sum = 0;
        for (Instruction instruction : instructions) {
            sum +=
                    switch (instruction) {
                        case Instruction.Operation operation -> operation.cost().value(variables);
                        case Instruction.Loop loop -> loop.count().value(variables) * flops(loop.body(), variables);
                    };
        }
        return sum;
    }
}
