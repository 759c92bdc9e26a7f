// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.conformance;

import dev.diptych.api.network.NetworkFunction;
import dev.diptych.api.network.Symbol;
import dev.diptych.api.network.SymbolType;
import dev.diptych.api.value.Tensor;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/// The inputs of a case as a function declares them. PyTorch takes a whole number for a real one, and one number for a whole batch; here a call says what it means.
final class FittedInputs {
    private FittedInputs() {}

    /// @param given holds at least the function's inputs
    static Map<String, Tensor> of(NetworkFunction function, Map<String, Tensor> given) {
        int batch =
                given.values().stream()
                        .filter(tensor -> tensor.rank() > 1)
                        .mapToInt(tensor -> tensor.size(0))
                        .max()
                        .orElse(1);
        Map<String, Tensor> fitted = new LinkedHashMap<>();
        for (NetworkFunction.Input input : function.inputs()) {
            Tensor tensor = Objects.requireNonNull(given.get(input.name()));
            fitted.put(input.name(), typed(input.symbol().type(), repeated(input.symbol(), tensor, batch)));
        }
        return fitted;
    }

    private static Tensor repeated(Symbol declared, Tensor tensor, int batch) {
        boolean isOneForAll =
                declared.rank() == 1 && tensor.rank() <= 1 && tensor.length() == 1 && !declared.size(0).isKnown();
        if (!isOneForAll) {
            return tensor;
        }
        return switch (tensor.type()) {
            case FLOAT32 -> {
                float[] values = new float[batch];
                Arrays.fill(values, tensor.floats()[0]);
                yield Tensor.ofFloats(values, batch);
            }
            case INT64 -> {
                long[] values = new long[batch];
                Arrays.fill(values, tensor.longs()[0]);
                yield Tensor.ofLongs(values, batch);
            }
            case UINT8 -> tensor;
        };
    }

    /// Whole numbers as real ones, real ones that are whole as such, and truths as 0 and 1.
    private static Tensor typed(SymbolType declared, Tensor tensor) {
        if (declared.isFloat() && tensor.type() == Tensor.Type.INT64) {
            float[] values = new float[tensor.length()];
            for (int i = 0; i < values.length; i++) {
                values[i] = tensor.longs()[i];
            }
            return Tensor.ofFloats(values, tensor.shape());
        }
        if (declared == SymbolType.INT64 && tensor.type() == Tensor.Type.FLOAT32 && isWhole(tensor.floats())) {
            long[] values = new long[tensor.length()];
            for (int i = 0; i < values.length; i++) {
                values[i] = (long) tensor.floats()[i];
            }
            return Tensor.ofLongs(values, tensor.shape());
        }
        if (declared == SymbolType.INT64 && tensor.type() == Tensor.Type.UINT8) {
            long[] values = new long[tensor.length()];
            for (int i = 0; i < values.length; i++) {
                values[i] = Byte.toUnsignedInt(tensor.bytes()[i]);
            }
            return Tensor.ofLongs(values, tensor.shape());
        }
        return tensor;
    }

    private static boolean isWhole(float[] values) {
        for (float value : values) {
            if (value != Math.rint(value)) {
                return false;
            }
        }
        return true;
    }
}
