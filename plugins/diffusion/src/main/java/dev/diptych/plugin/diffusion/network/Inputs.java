// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.network;

import dev.diptych.api.network.FunctionScope;
import dev.diptych.api.network.Size;
import dev.diptych.api.network.Symbol;
import dev.diptych.api.network.SymbolType;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/// The inputs of one function of a network. Several parts of a network may read one: it is declared by the first. Some may be left out: every choice of
/// them is a function of its own.
final class Inputs {
    private final FunctionScope function;
    private final Set<String> optional;
    private final Map<String, Symbol> declared = new HashMap<>();

    /// A function without optional inputs.
    Inputs(FunctionScope function) {
        this(function, Set.of());
    }

    /// @param optional the optional inputs that this function has
    Inputs(FunctionScope function, Set<String> optional) {
        this.function = function;
        this.optional = optional;
    }

    /// Every choice of optional inputs, none first.
    static List<Set<String>> choices(List<String> optional) {
        List<Set<String>> choices = new ArrayList<>();
        choices.add(Set.of());
        for (String name : optional) {
            for (Set<String> without : List.copyOf(choices)) {
                Set<String> with = new TreeSet<>(without);
                with.add(name);
                choices.add(with);
            }
        }
        return choices;
    }

    /// Whether this function has an optional input.
    boolean has(String name) {
        return optional.contains(name);
    }

    /// An input in the network's number format, a row for each picture: (batch, …).
    Symbol rows(String name, Object... shape) {
        return rows(name, SymbolType.FLOAT, shape);
    }

    /// An input, a row for each picture: (batch, …).
    Symbol rows(String name, SymbolType type, Object... shape) {
        return declared.computeIfAbsent(
                name,
                _ -> {
                    List<Object> sizes = new ArrayList<>(List.of(function.batch()));
                    sizes.addAll(List.of(shape));
                    return function.input(name, type, sizes.toArray());
                });
    }

    /// A size that the call decides.
    Size size(String name) {
        return function.size(name);
    }

    /// A size that the call decides, a multiple of a number.
    Size size(String name, int multiple) {
        return function.size(name, multiple);
    }
}
