// SPDX-License-Identifier: Apache-2.0

package dev.diptych.api.network;

import java.util.List;

/// One step of a [NetworkFunction].
public sealed interface Instruction {
    /// An operation on tensors, named as in ATen, PyTorch's library of operations, with its arguments in ATen's order; what is left out at the end has ATen's default.
    ///
    /// @param results more than one only for operations that give a list: `chunk`, `split`
    /// @param cost    floating-point operations, multiplication and addition counted as two
    record Operation(String name, List<Argument> arguments, List<Symbol> results, Size cost) implements Instruction {}

    /// Repeats a body: `carried` are its variables, `initial` what they are before the first turn, `next` what a turn makes of them.
    ///
    /// @param turn    the number of the turn, int64 scalar, from 0
    /// @param results the variables after the last turn
    record Loop(
            Size count,
            Symbol turn,
            List<Symbol> initial,
            List<Symbol> carried,
            List<Instruction> body,
            List<Symbol> next,
            List<Symbol> results)
            implements Instruction {}
}
