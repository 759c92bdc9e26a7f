// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.device;

import dev.diptych.api.network.Argument;
import dev.diptych.api.network.Instruction;
import dev.diptych.api.network.NetworkFunction;
import dev.diptych.api.network.Size;
import dev.diptych.api.network.Symbol;
import dev.diptych.api.network.SymbolType;
import dev.diptych.engine.device.torchscript.NumberFormat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The most bytes that a function's intermediate results take at one time, found by walking its instructions: a result lives until its last use. What an operation
/// needs inside is not in it.
final class ActivationPeak {
    /// Operations whose result lies in the memory of their first argument, as a rule.
    private static final Set<String> VIEWS =
            Set.of(
                    "reshape",
                    "view",
                    "permute",
                    "transpose",
                    "chunk",
                    "split",
                    "split_with_sizes",
                    "slice",
                    "select",
                    "narrow",
                    "expand",
                    "unsqueeze",
                    "squeeze",
                    "flatten",
                    "unflatten");

    private final Map<String, Long> sizes;
    private final NumberFormat format;
    private final Map<String, String> owner = new HashMap<>();
    private final Map<String, Long> bytes = new HashMap<>();
    private final Map<String, Integer> lastUse = new HashMap<>();
    private final List<Step> steps = new ArrayList<>();

    private record Step(List<String> made, long inside) {}

    private ActivationPeak(Map<String, Long> sizes, NumberFormat format) {
        this.sizes = sizes;
        this.format = format;
    }

    /// @param sizes what each size is that a call decides
    static long of(NetworkFunction function, NumberFormat format, Map<String, Long> sizes) {
        ActivationPeak peak = new ActivationPeak(sizes, format);
        long inputs = 0;
        for (NetworkFunction.Input input : function.inputs()) {
            inputs += 2 * peak.bytes(input.symbol());
        }
        peak.walk(function.instructions());
        function.outputs().values().forEach(output -> peak.use(output, Integer.MAX_VALUE));
        return inputs + peak.most();
    }

    private void walk(List<Instruction> instructions) {
        for (Instruction instruction : instructions) {
            switch (instruction) {
                case Instruction.Operation operation -> operation(operation);
                case Instruction.Loop loop -> loop(loop);
            }
        }
    }

    private void operation(Instruction.Operation operation) {
        List<Symbol> used = new ArrayList<>();
        operation
                .arguments()
                .forEach(argument -> {
                    switch (argument) {
                        case Argument.Value value -> used.add(value.symbol());
                        case Argument.Values values -> used.addAll(values.symbols());
                        default -> {}
                    }
                });
        List<String> made = new ArrayList<>();
        boolean isView = VIEWS.contains(operation.name()) && !used.isEmpty();
        for (Symbol result : operation.results()) {
            if (isView) {
                owner.put(result.id(), owner(used.getFirst()));
            } else {
                bytes.put(result.id(), bytes(result));
                made.add(result.id());
            }
        }
        used.forEach(symbol -> use(symbol, steps.size()));
        operation.results().forEach(symbol -> use(symbol, steps.size()));
        steps.add(new Step(made, 0));
    }

    private void loop(Instruction.Loop loop) {
        ActivationPeak body = new ActivationPeak(sizes, format);
        body.walk(loop.body());
        loop.next().forEach(symbol -> body.use(symbol, Integer.MAX_VALUE));
        loop.initial().forEach(symbol -> use(symbol, steps.size()));
        List<String> made = new ArrayList<>();
        for (Symbol result : loop.results()) {
            bytes.put(result.id(), bytes(result));
            made.add(result.id());
            use(result, steps.size());
        }
        steps.add(new Step(made, body.most()));
    }

    private String owner(Symbol symbol) {
        return owner.getOrDefault(symbol.id(), symbol.id());
    }

    private void use(Symbol symbol, int step) {
        lastUse.merge(owner(symbol), step, Math::max);
    }

    private long bytes(Symbol symbol) {
        long count = 1;
        for (Size size : symbol.shape()) {
            count = Math.multiplyExact(count, size.value(sizes));
        }
        return Math.multiplyExact(count, width(symbol.type()));
    }

    private long width(SymbolType type) {
        return switch (type) {
            case FLOAT -> format.bytes();
            case FLOAT32 -> Float.BYTES;
            case INT64 -> Long.BYTES;
            case UINT8, BOOL -> 1;
        };
    }

    private long most() {
        List<List<String>> ending = new ArrayList<>();
        steps.forEach(_ -> ending.add(new ArrayList<>()));
        lastUse.forEach((symbol, step) -> {
            if (step < steps.size() && bytes.containsKey(symbol)) {
                ending.get(step).add(symbol);
            }
        });
        long live = 0;
        long most = 0;
        for (int i = 0; i < steps.size(); i++) {
            for (String made : steps.get(i).made()) {
                live += bytes.getOrDefault(made, 0L);
            }
            most = Math.max(most, live + steps.get(i).inside());
            for (String ended : ending.get(i)) {
                live -= bytes.getOrDefault(ended, 0L);
            }
        }
        return most;
    }
}
