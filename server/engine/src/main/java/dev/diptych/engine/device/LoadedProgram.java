// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.device;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;

import dev.diptych.api.network.Network;
import dev.diptych.api.network.NetworkFunction;
import dev.diptych.engine.device.torchscript.NumberFormat;
import dev.diptych.engine.device.torchscript.Program;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/// A network's program on a device, with its tables. Fits the weights of every checkpoint of that network. Made, used and closed on the device's thread.
final class LoadedProgram implements AutoCloseable {
    private final Libtorch torch = Libtorch.get();
    private final Network network;
    private final String device;
    private final PtSymbolBlock program;
    private final List<IValue> constants = new ArrayList<>();
    private final Arena arena = Arena.ofShared();
    private final Map<List<Object>, PtSymbolBlock> gradients = new HashMap<>();

    /// @param device as libtorch calls it
    LoadedProgram(Network network, NumberFormat format, String device) {
        this.network = network;
        this.device = device;
        program = torch.load(Program.of(network, format, device).archive());
        for (NetworkFunction function : network.functions()) {
            PtNDArray[] tables =
                    function.constants().stream()
                            .map(constant -> HostTensors.copy(torch, constant.tensor(), arena))
                            .toArray(PtNDArray[]::new);
            PtNDArray[] placed = device.equals("cpu") ? tables : LoadedWeights.placed(torch, tables, device);
            constants.add(Libtorch.list(placed));
            close(placed);
        }
    }

    /// One forward pass.
    ///
    /// @param inputs in the function's order; they stay the caller's
    /// @return in the order of the function's outputs; the caller closes them
    PtNDArray[] run(int function, List<PtNDArray> inputs, IValue weights) {
        IValue[] arguments = new IValue[inputs.size() + 2];
        for (int i = 0; i < inputs.size(); i++) {
            arguments[i] = IValue.from(inputs.get(i));
        }
        arguments[inputs.size()] = weights;
        arguments[inputs.size() + 1] = constants.get(function);
        try {
            return torch.run(program, Program.methodName(function), arguments);
        } finally {
            Arrays.stream(arguments, 0, inputs.size()).forEach(IValue::close);
        }
    }

    /// The gradient of the sum of an output with respect to inputs.
    ///
    /// @return in the order of the function's inputs, without those that are not asked for
    PtNDArray[] gradient(int function, List<PtNDArray> inputs, IValue weights, String output, List<String> of) {
        PtSymbolBlock gradient =
                gradients.computeIfAbsent(
                        List.of(function, output, of),
                        _ -> torch.load(Program.gradientOf(network, function, output, of, device).archive()));
        PtNDArray[] lent = torch.elements(weights);
        PtNDArray[] tables = torch.elements(Objects.requireNonNull(constants.get(function)));
        try {
            return torch.runDifferentiating(
                    gradient,
                    Program.methodName(function),
                    inputs,
                    Stream.concat(Arrays.stream(lent), Arrays.stream(tables)).toList());
        } finally {
            close(lent);
            close(tables);
        }
    }

    static void close(PtNDArray[] arrays) {
        for (PtNDArray array : arrays) {
            array.close();
        }
    }

    @Override
    public void close() {
        gradients.values().forEach(PtSymbolBlock::close);
        constants.forEach(IValue::close);
        program.close();
        arena.close();
    }
}
