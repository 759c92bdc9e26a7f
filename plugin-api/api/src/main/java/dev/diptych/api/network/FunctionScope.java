// SPDX-License-Identifier: Apache-2.0

package dev.diptych.api.network;

import dev.diptych.api.value.Tensor;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;

/// Where a function of a network is described: its inputs, its outputs, and what is computed between them. Valid while it is described.
public final class FunctionScope {
    /// The name of the size that counts pictures, captions or whatever a call has several of.
    public static final String BATCH = "batch";

    private final String name;
    private final List<NetworkFunction.Input> inputs = new ArrayList<>();
    private final List<NetworkFunction.Constant> constants = new ArrayList<>();
    private final Map<String, Symbol> outputs = new LinkedHashMap<>();
    private final Set<String> resident = new LinkedHashSet<>();
    private final Deque<List<Instruction>> blocks = new ArrayDeque<>();
    private final Map<Parameter, Symbol> parameters = new IdentityHashMap<>();
    private int values;

    FunctionScope(String name) {
        this.name = name;
        blocks.push(new ArrayList<>());
    }

    /// How many rows a call has. Calls of different jobs are joined along it: row i of every output depends on row i of every input that has it as the first size.
    public Size batch() {
        return size(BATCH);
    }

    /// A size that a call decides; the same name is the same size everywhere in the function.
    public Size size(String variable) {
        return size(variable, 1);
    }

    /// As [#size(String)], and a call whose size is no multiple is refused.
    public Size size(String variable, long multiple) {
        if (!variable.matches("[a-z][a-zA-Z0-9_]*")) {
            throw new DescriptionException(
                    "\"%s\" is no name for a size; use letters, digits and underscores.", variable);
        }
        return Size.variable(variable, multiple);
    }

    /// An input in the number format of the network.
    ///
    /// @param shape each an `int`, a `long` or a [Size]; none for a scalar
    public Symbol input(String inputName, Object... shape) {
        return input(inputName, SymbolType.FLOAT, shape);
    }

    /// An input.
    ///
    /// @param shape each an `int`, a `long` or a [Size]; none for a scalar
    public Symbol input(String inputName, SymbolType type, Object... shape) {
        if (type == SymbolType.BOOL) {
            throw new DescriptionException("Input \"%s\": inputs are numbers; take int64 and compare.", inputName);
        }
        if (inputs.stream().anyMatch(input -> input.name().equals(inputName))) {
            throw new DescriptionException("Input \"%s\" is declared twice", inputName);
        }
        Symbol symbol = new Symbol(this, "in" + inputs.size(), type, Shapes.sizes(shape));
        inputs.add(new NetworkFunction.Input(inputName, symbol));
        return symbol;
    }

    /// Declares what the function gives. Float outputs come back as float32.
    public void output(String outputName, Symbol value) {
        if (outputs.putIfAbsent(outputName, value) != null) {
            throw new DescriptionException("Output \"%s\" is declared twice", outputName);
        }
    }

    /// Declares an output that stays on the device: in the same session, a later call takes it for an input of this name that it is not given.
    public void keep(String outputName, Symbol value) {
        output(outputName, value);
        resident.add(outputName);
    }

    /// A table computed in Java, put on the device with the weights: float32 as [SymbolType#FLOAT32], int64 as it is.
    public Symbol constant(Tensor table) {
        SymbolType type =
                switch (table.type()) {
                    case FLOAT32 -> SymbolType.FLOAT32;
                    case INT64 -> SymbolType.INT64;
                    case UINT8 -> SymbolType.UINT8;
                };
        List<Size> shape = new ArrayList<>();
        for (int size : table.shape()) {
            shape.add(Size.of(size));
        }
        Symbol symbol = new Symbol(this, "c" + constants.size(), type, shape);
        constants.add(new NetworkFunction.Constant(table, symbol));
        return symbol;
    }

    /// 0, 1, … count - 1, as int64.
    public Symbol range(Size count) {
        return apply("arange", List.of(new Argument.Whole(count)), SymbolType.INT64, List.of(count), Size.of(0));
    }

    /// A tensor of one value.
    ///
    /// @param shape each an `int`, a `long` or a [Size]
    public Symbol full(double value, SymbolType type, Object... shape) {
        List<Size> sizes = Shapes.sizes(shape);
        Argument number = type.isFloat() ? new Argument.Real(value) : new Argument.Whole(Size.of((long) value));
        return apply("full", List.of(new Argument.Wholes(sizes), number), type, sizes, Size.of(0));
    }

    /// Repeats `body` a number of times: it is given the number of the turn (int64 scalar) and the variables, and returns the variables for the next turn, of the same shapes.
    ///
    /// @return the variables after the last turn
    public List<Symbol> loop(Size count, List<Symbol> initial, BiFunction<Symbol, List<Symbol>, List<Symbol>> body) {
        Symbol turn = fresh(SymbolType.INT64, List.of());
        List<Symbol> carried = initial.stream().map(symbol -> fresh(symbol.type(), symbol.shape())).toList();
        blocks.push(new ArrayList<>());
        List<Symbol> next = body.apply(turn, carried);
        List<Instruction> instructions = blocks.pop();
        if (next.size() != carried.size()) {
            throw new DescriptionException(
                    "A loop of %d variables gives %d at the end of a turn", carried.size(), next.size());
        }
        for (int i = 0; i < next.size(); i++) {
            if (!next.get(i).shape().equals(carried.get(i).shape()) || next.get(i).type() != carried.get(i).type()) {
                throw new DescriptionException(
                        "Variable %d of a loop is %s before a turn and %s after it", i, carried.get(i), next.get(i));
            }
        }
        List<Symbol> results = initial.stream().map(symbol -> fresh(symbol.type(), symbol.shape())).toList();
        record(
                new Instruction.Loop(
                        count, turn, List.copyOf(initial), carried, List.copyOf(instructions), next, results));
        return results;
    }

    /// As [#loop(Size, List, BiFunction)], with one variable.
    public Symbol loop(int count, Symbol initial, UnaryOperator<Symbol> body) {
        return loop(Size.of(count), List.of(initial), (_, carried) -> List.of(body.apply(carried.getFirst())))
                .getFirst();
    }

    Symbol of(Parameter parameter) {
        return parameters.computeIfAbsent(
                parameter,
                given -> {
                    given.name();
                    List<Size> shape = new ArrayList<>();
                    for (long size : given.shape()) {
                        shape.add(Size.of(size));
                    }
                    return new Symbol(this, "w" + given.index(), SymbolType.FLOAT, shape);
                });
    }

    Symbol apply(String operation, List<Argument> arguments, SymbolType type, List<Size> shape, Size cost) {
        Symbol result = fresh(type, shape);
        record(new Instruction.Operation(operation, arguments, List.of(result), cost));
        return result;
    }

    List<Symbol> applyForList(String operation, List<Argument> arguments, SymbolType type, List<List<Size>> shapes) {
        List<Symbol> results = shapes.stream().map(shape -> fresh(type, shape)).toList();
        record(new Instruction.Operation(operation, arguments, results, Size.of(0)));
        return results;
    }

    private Symbol fresh(SymbolType type, List<Size> shape) {
        return new Symbol(this, "v" + values++, type, shape);
    }

    private void record(Instruction instruction) {
        blocks.element().add(instruction);
    }

    NetworkFunction finish() {
        if (outputs.isEmpty()) {
            throw new DescriptionException("Function \"%s\" has no output", name);
        }
        FunctionCheck.check(name, this, inputs, blocks.element(), outputs);
        return new NetworkFunction(
                name,
                inputs,
                constants,
                blocks.element(),
                java.util.Collections.unmodifiableMap(outputs),
                java.util.Collections.unmodifiableSet(resident));
    }
}
