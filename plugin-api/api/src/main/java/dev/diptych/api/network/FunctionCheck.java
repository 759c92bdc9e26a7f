// SPDX-License-Identifier: Apache-2.0

package dev.diptych.api.network;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/// Refuses a description that could not be computed: every size must be known when a call's inputs are, and every value must have been made before it is used, in
/// this function and not inside a loop that has ended.
final class FunctionCheck {
    private final String name;
    private final FunctionScope scope;
    private final Set<String> sizes = new TreeSet<>();

    private FunctionCheck(String name, FunctionScope scope) {
        this.name = name;
        this.scope = scope;
    }

    /// @throws DescriptionException naming the function, and the size or value
    static void check(
            String name,
            FunctionScope scope,
            List<NetworkFunction.Input> inputs,
            List<Instruction> instructions,
            Map<String, Symbol> outputs) {
        FunctionCheck check = new FunctionCheck(name, scope);
        Set<String> known = new HashSet<>();
        for (NetworkFunction.Input input : inputs) {
            known.add(input.symbol().id());
            for (Size size : input.symbol().shape()) {
                if (size.declared() instanceof Size.Declared declared) {
                    check.sizes.add(declared.name());
                }
            }
        }
        for (NetworkFunction.Input input : inputs) {
            input.symbol().shape().forEach(size -> check.size(size, "the shape of input \"" + input.name() + "\""));
        }
        check.block(instructions, known);
        outputs.forEach((output, symbol) -> {
            check.value(symbol, known, "output \"" + output + "\"");
            symbol.shape().forEach(size -> check.size(size, "the shape of output \"" + output + "\""));
        });
    }

    private void block(List<Instruction> instructions, Set<String> known) {
        for (Instruction instruction : instructions) {
            switch (instruction) {
                case Instruction.Operation operation -> {
                    operation.arguments().forEach(argument -> argument(argument, operation.name(), known));
                    operation.results().forEach(result -> known.add(result.id()));
                }
                case Instruction.Loop loop -> {
                    size(loop.count(), "the count of a loop");
                    loop.initial().forEach(symbol -> value(symbol, known, "a loop"));
                    Set<String> inside = new HashSet<>(known);
                    inside.add(loop.turn().id());
                    loop.carried().forEach(symbol -> inside.add(symbol.id()));
                    block(loop.body(), inside);
                    loop.next().forEach(symbol -> value(symbol, inside, "a loop"));
                    loop.results().forEach(result -> known.add(result.id()));
                }
            }
        }
    }

    private void argument(Argument argument, String operation, Set<String> known) {
        switch (argument) {
            case Argument.Value value -> value(value.symbol(), known, operation);
            case Argument.Values values -> values.symbols().forEach(symbol -> value(symbol, known, operation));
            case Argument.Whole whole -> size(whole.size(), operation);
            case Argument.Wholes wholes -> wholes.sizes().forEach(size -> size(size, operation));
            case Argument.Real _, Argument.Flag _, Argument.Text _, Argument.Type _, Argument.None _ -> {}
        }
    }

    private void size(Size size, String place) {
        for (String variable : size.variables()) {
            if (!sizes.contains(variable)) {
                throw new DescriptionException(
                        "Function \"%s\": %s needs the size \"%s\", which no input has for itself; there are %s. Declare an input with it.",
                        name,
                        place,
                        variable,
                        sizes.isEmpty() ? "none" : sizes.stream().collect(Collectors.joining(", ")));
            }
        }
    }

    private void value(Symbol symbol, Set<String> known, String place) {
        boolean isElsewhere = symbol.function() != scope;
        boolean isMadeHere = symbol.id().startsWith("v") || symbol.id().startsWith("in");
        if (isElsewhere || isMadeHere && !known.contains(symbol.id())) {
            throw new DescriptionException(
                    "Function \"%s\": %s uses %s, which was made in %s.",
                    name,
                    place,
                    symbol,
                    isElsewhere ? "another function" : "a loop that has ended; give the loop a variable for it");
        }
    }
}
