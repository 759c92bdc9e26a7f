// SPDX-License-Identifier: Apache-2.0

package dev.diptych.api.network;

import java.util.List;

/// What an [Instruction] is given.
public sealed interface Argument {
    /// A tensor: an input, a parameter, a constant, or the result of an earlier instruction.
    record Value(Symbol symbol) implements Argument {}

    /// A list of tensors.
    record Values(List<Symbol> symbols) implements Argument {}

    /// An integer.
    record Whole(Size size) implements Argument {}

    /// A list of integers.
    record Wholes(List<Size> sizes) implements Argument {}

    record Real(double value) implements Argument {}

    record Flag(boolean value) implements Argument {}

    record Text(String value) implements Argument {}

    /// An element type.
    record Type(SymbolType type) implements Argument {}

    /// Left open.
    record None() implements Argument {}
}
