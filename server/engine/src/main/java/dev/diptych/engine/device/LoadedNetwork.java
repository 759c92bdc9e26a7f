// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.device;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;

import dev.diptych.api.network.Network;
import dev.diptych.api.network.NetworkFunction;
import dev.diptych.api.value.Tensor;
import dev.diptych.engine.device.torchscript.NumberFormat;
import dev.diptych.engine.device.torchscript.Program;
import dev.diptych.engine.model.checkpoint.StoredTensor;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/// A network's program and weights in a device's memory. Made, used and closed on the device's thread.
final class LoadedNetwork implements AutoCloseable {
    /// Converts a list of tensors; what has the type already is taken as it is.
    private static final String CONVERSION =
            """
            class Network(Module):
              __parameters__ = []
              __buffers__ = []
              training : bool
              def convert(self: __torch__.Network, p: List[Tensor]) -> List[Tensor]:
                q = annotate(List[Tensor], [])
                for i in range(torch.sub(torch.len(p), 1)):
                  _0 = torch.append(q, torch.to(p[i], %d))
                return q
            """;

    private final Libtorch torch = Libtorch.get();
    private final Network network;
    private final PtSymbolBlock program;
    private final IValue weights;
    private final List<IValue> constants = new ArrayList<>();
    private final Arena arena = Arena.ofShared();
    private final Map<List<Object>, PtSymbolBlock> gradients = new HashMap<>();

    /// @param stored the weights in the order of the network's parameters; their memory stays valid until this is closed
    LoadedNetwork(Network network, List<StoredTensor> stored, NumberFormat format) {
        this.network = network;
        program = torch.load(Program.of(network, format).archive());
        weights = weights(stored, format);
        for (NetworkFunction function : network.functions()) {
            PtNDArray[] tables =
                    function.constants().stream()
                            .map(constant -> torch.upload(constant.tensor(), arena))
                            .toArray(PtNDArray[]::new);
            constants.add(IValue.listFrom(tables));
            close(tables);
        }
    }

    private IValue weights(List<StoredTensor> stored, NumberFormat format) {
        PtNDArray[] mapped =
                stored.stream()
                        .map(tensor -> torch.over(tensor.data(), ScalarTypes.of(tensor.type()), tensor.shape()))
                        .toArray(PtNDArray[]::new);
        PtSymbolBlock conversion = torch.load(new Program(CONVERSION.formatted(format.scalarType())).archive());
        try {
            PtNDArray[] converted = torch.runDifferentiating(conversion, "convert", List.of(), List.of(mapped));
            IValue list = IValue.listFrom(converted);
            close(converted);
            return list;
        } finally {
            close(mapped);
            conversion.close();
        }
    }

    /// One forward pass.
    ///
    /// @param inputs checked, in the function's order
    /// @return in the order of the function's outputs
    List<Tensor> run(int function, List<Tensor> inputs) {
        try (Arena call = Arena.ofConfined()) {
            PtNDArray[] given = inputs.stream().map(input -> torch.upload(input, call)).toArray(PtNDArray[]::new);
            IValue[] arguments = new IValue[given.length + 2];
            for (int i = 0; i < given.length; i++) {
                arguments[i] = IValue.from(given[i]);
            }
            arguments[given.length] = weights;
            arguments[given.length + 1] = constants.get(function);
            try {
                return read(torch.run(program, Program.methodName(function), arguments));
            } finally {
                Arrays.stream(arguments, 0, given.length).forEach(IValue::close);
                close(given);
            }
        }
    }

    /// The gradient of the sum of an output with respect to inputs.
    List<Tensor> gradient(int function, List<Tensor> inputs, String output, List<String> of) {
        PtSymbolBlock gradient =
                gradients.computeIfAbsent(
                        List.of(function, output, of),
                        _ -> torch.load(Program.gradientOf(network, function, output, of).archive()));
        try (Arena call = Arena.ofConfined()) {
            PtNDArray[] given = inputs.stream().map(input -> torch.upload(input, call)).toArray(PtNDArray[]::new);
            PtNDArray[] lent = torch.elements(weights);
            PtNDArray[] tables = torch.elements(Objects.requireNonNull(constants.get(function)));
            try {
                return read(
                        torch.runDifferentiating(
                                gradient,
                                Program.methodName(function),
                                List.of(given),
                                Stream.concat(Arrays.stream(lent), Arrays.stream(tables)).toList()));
            } finally {
                close(given);
                close(lent);
                close(tables);
            }
        }
    }

    private List<Tensor> read(PtNDArray[] results) {
        return Arrays.stream(results).map(torch::download).toList();
    }

    private static void close(PtNDArray[] arrays) {
        for (PtNDArray array : arrays) {
            array.close();
        }
    }

    @Override
    public void close() {
        gradients.values().forEach(PtSymbolBlock::close);
        constants.forEach(IValue::close);
        weights.close();
        program.close();
        arena.close();
    }
}
