// SPDX-License-Identifier: Apache-2.0

package dev.diptych.api.network;

import java.util.List;
import java.util.stream.Collectors;

/// Prints a network for a reader.
final class Listing {
    private final Network network;
    private final StringBuilder text = new StringBuilder();
    private final List<String> parameterNames;

    Listing(Network network) {
        this.network = network;
        this.parameterNames = List.copyOf(network.parameters().keySet());
    }

    @Override
    public String toString() {
        text.setLength(0);
        for (NetworkFunction function : network.functions()) {
            text.append(function.name()).append("(");
            text.append(
                    function.inputs().stream()
                            .map(input -> input.name() + " " + shape(input.symbol()))
                            .collect(Collectors.joining(", ")));
            text.append(")\n");
            function.inputs().forEach(input -> line(1, input.symbol().id() + " = " + input.name()));
            print(function.instructions(), 1);
            function.outputs().forEach((name, value) -> line(1, name + " → " + value.id() + " " + shape(value)));
        }
        return text.toString();
    }

    private void print(List<Instruction> instructions, int depth) {
        for (Instruction instruction : instructions) {
            switch (instruction) {
                case Instruction.Operation operation ->
                        line(
                                depth,
                                ids(operation.results())
                                        + " = "
                                        + operation.name()
                                        + operation.arguments().stream()
                                                .map(this::shown)
                                                .collect(Collectors.joining(", ", "(", ")"))
                                        + "  "
                                        + shape(operation.results().getFirst()));
                case Instruction.Loop loop -> {
                    line(depth, "repeat " + loop.count() + ": " + ids(loop.carried()) + " from " + ids(loop.initial()));
                    print(loop.body(), depth + 1);
                    line(depth + 1, "next " + ids(loop.next()));
                    line(depth, ids(loop.results()) + " = after the last turn");
                }
            }
        }
    }

    private void line(int depth, String content) {
        text.append("    ".repeat(depth)).append(content).append('\n');
    }

    private String ids(List<Symbol> symbols) {
        return symbols.stream().map(Symbol::id).collect(Collectors.joining(", "));
    }

    private static String shape(Symbol symbol) {
        return symbol.type().name().toLowerCase(java.util.Locale.ROOT) + symbol.shape();
    }

    private String name(Symbol symbol) {
        return symbol.id().startsWith("w")
                ? parameterNames.get(Integer.parseInt(symbol.id().substring(1)))
                : symbol.id();
    }

    private String shown(Argument argument) {
        return switch (argument) {
            case Argument.Value value -> name(value.symbol());
            case Argument.Values values ->
                    values.symbols().stream().map(this::name).collect(Collectors.joining(", ", "[", "]"));
            case Argument.Whole whole -> whole.size().toString();
            case Argument.Wholes wholes -> wholes.sizes().toString();
            case Argument.Real real -> Double.toString(real.value());
            case Argument.Flag flag -> Boolean.toString(flag.value());
            case Argument.Text content -> '"' + content.value() + '"';
            case Argument.Type type -> type.type().name();
            case Argument.None _ -> "none";
        };
    }
}
