// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.conformance;

import dev.diptych.api.model.CaseFailure;
import dev.diptych.api.value.Tensor;
import dev.diptych.engine.model.checkpoint.SafetensorsFile;
import dev.diptych.engine.model.checkpoint.StoredTensor;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongToDoubleFunction;
import java.util.function.LongUnaryOperator;

/// A safetensors file as plain tensors: every floating-point type as float32, every whole one as int64, except uint8 and truth values, which are uint8.
final class CaseTensors {
    private static final ValueLayout.OfDouble F64 =
            ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfFloat F32 = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong I64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt I32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort I16 = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private CaseTensors() {}

    /// @return in the order of the file
    /// @throws dev.diptych.api.error.NodeException if it is no safetensors file
    /// @throws CaseFailure                         if a tensor is too large, or of a type that no case has
    static Map<String, Tensor> read(Path file) throws IOException {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        try (SafetensorsFile stored = SafetensorsFile.open(file)) {
            stored.tensors().forEach((name, tensor) -> tensors.put(name, tensor(tensor)));
        }
        return Collections.unmodifiableMap(tensors);
    }

    private static Tensor tensor(StoredTensor stored) {
        if (stored.elements() > Integer.MAX_VALUE - 8) {
            throw new CaseFailure("The tensor " + stored + " is too large.");
        }
        int[] shape = Arrays.stream(stored.shape()).mapToInt(Math::toIntExact).toArray();
        int count = (int) stored.elements();
        MemorySegment data = stored.data();
        return switch (stored.type()) {
            case F64 -> floats(count, shape, i -> data.getAtIndex(F64, i));
            case F32 -> floats(count, shape, i -> data.getAtIndex(F32, i));
            case F16 -> floats(count, shape, i -> Float.float16ToFloat(data.getAtIndex(I16, i)));
            case BF16 -> floats(count, shape, i -> Float.intBitsToFloat(data.getAtIndex(I16, i) << 16));
            case I64, U64 -> longs(count, shape, i -> data.getAtIndex(I64, i));
            case I32 -> longs(count, shape, i -> data.getAtIndex(I32, i));
            case U32 -> longs(count, shape, i -> Integer.toUnsignedLong(data.getAtIndex(I32, i)));
            case I16 -> longs(count, shape, i -> data.getAtIndex(I16, i));
            case U16 -> longs(count, shape, i -> Short.toUnsignedLong(data.getAtIndex(I16, i)));
            case I8 -> longs(count, shape, i -> data.get(ValueLayout.JAVA_BYTE, i));
            case U8, BOOL -> Tensor.ofBytes(data.toArray(ValueLayout.JAVA_BYTE), shape);
            case F8_E4M3, F8_E5M2 ->
                    throw new CaseFailure("The tensor " + stored + " is of a type that cases do not have.");
        };
    }

    private static Tensor floats(int count, int[] shape, LongToDoubleFunction element) {
        float[] floats = new float[count];
        for (int i = 0; i < count; i++) {
            floats[i] = (float) element.applyAsDouble(i);
        }
        return Tensor.ofFloats(floats, shape);
    }

    private static Tensor longs(int count, int[] shape, LongUnaryOperator element) {
        long[] longs = new long[count];
        for (int i = 0; i < count; i++) {
            longs[i] = element.applyAsLong(i);
        }
        return Tensor.ofLongs(longs, shape);
    }
}
