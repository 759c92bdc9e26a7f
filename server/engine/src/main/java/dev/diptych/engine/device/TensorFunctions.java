// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.device;

import dev.diptych.api.value.Tensor;

import java.lang.foreign.AddressLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/// libtorch's C functions for making and reading tensors (`aoti_torch_*` of its shim), which know every element type and copy nothing. A handle is the address
/// of an `at::Tensor`, as DJL's are.
final class TensorFunctions {
    private static final AddressLayout POINTER = ValueLayout.ADDRESS;

    private final MethodHandle createFromBlob;
    private final MethodHandle getDataPointer;
    private final MethodHandle getDim;
    private final MethodHandle getSizes;
    private final MethodHandle getType;

    TensorFunctions(SymbolLookup library) {
        createFromBlob =
                function(
                        library,
                        "aoti_torch_create_tensor_from_blob",
                        POINTER,
                        ValueLayout.JAVA_LONG,
                        POINTER,
                        POINTER,
                        ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_INT,
                        ValueLayout.JAVA_INT,
                        ValueLayout.JAVA_INT,
                        POINTER);
        getDataPointer = function(library, "aoti_torch_get_data_ptr", ValueLayout.JAVA_LONG, POINTER);
        getDim = function(library, "aoti_torch_get_dim", ValueLayout.JAVA_LONG, POINTER);
        getSizes = function(library, "aoti_torch_get_sizes", ValueLayout.JAVA_LONG, POINTER);
        getType = function(library, "aoti_torch_get_dtype", ValueLayout.JAVA_LONG, POINTER);
    }

    private static MethodHandle function(SymbolLookup library, String name, MemoryLayout... arguments) {
        return NativeFunctions.get(library, name, FunctionDescriptor.of(ValueLayout.JAVA_INT, arguments));
    }

    /// @return the handle of a tensor over the memory, which must outlive it
    long overMemory(MemorySegment data, int scalarType, long[] shape) {
        long[] strides = new long[shape.length];
        long step = 1;
        for (int i = shape.length - 1; i >= 0; i--) {
            strides[i] = step;
            step *= shape[i];
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment handle = arena.allocate(POINTER);
            MemorySegment sizes = arena.allocateFrom(ValueLayout.JAVA_LONG, shape);
            MemorySegment steps = arena.allocateFrom(ValueLayout.JAVA_LONG, strides);
            check(
                    NativeFunctions.call(() ->
                            (int)
                                    createFromBlob.invokeExact(
                                            data, (long) shape.length, sizes, steps, 0L, scalarType, 0, 0, handle)));
            return handle.get(ValueLayout.JAVA_LONG, 0);
        }
    }

    /// What a contiguous tensor holds, where it lies; valid as long as the tensor.
    ///
    /// @param scalarType libtorch's number of the element type
    record View(int scalarType, long[] shape, MemorySegment data) {
        long elements() {
            long count = 1;
            for (long size : shape) {
                count *= size;
            }
            return count;
        }
    }

    View view(long handle) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment result = arena.allocate(ValueLayout.JAVA_LONG);
            int rank = Math.toIntExact(value(getDim, handle, result));
            long[] shape =
                    MemorySegment.ofAddress(value(getSizes, handle, result))
                            .reinterpret((long) rank * Long.BYTES)
                            .toArray(ValueLayout.JAVA_LONG);
            int type = (int) value(getType, handle, result);
            MemorySegment data = MemorySegment.ofAddress(value(getDataPointer, handle, result));
            View view = new View(type, shape, data);
            return new View(type, shape, data.reinterpret(view.elements() * Long.BYTES));
        }
    }

    /// A copy of elements of a tensor of float32, int64 or uint8 in the processor's memory.
    ///
    /// @param first number of the first element
    static Tensor copy(View view, long first, int... shape) {
        long count = 1;
        for (int size : shape) {
            count *= size;
        }
        int length = Math.toIntExact(count);
        return switch (view.scalarType()) {
            case 6 -> {
                float[] values = new float[length];
                MemorySegment.copy(
                        view.data(), ValueLayout.JAVA_FLOAT_UNALIGNED, first * Float.BYTES, values, 0, length);
                yield Tensor.ofFloats(values, shape);
            }
            case 4 -> {
                long[] values = new long[length];
                MemorySegment.copy(view.data(), ValueLayout.JAVA_LONG_UNALIGNED, first * Long.BYTES, values, 0, length);
                yield Tensor.ofLongs(values, shape);
            }
            case 0 -> {
                byte[] values = new byte[length];
                MemorySegment.copy(view.data(), ValueLayout.JAVA_BYTE, first, values, 0, length);
                yield Tensor.ofBytes(values, shape);
            }
            default ->
                    throw new IllegalStateException("A network gives elements of libtorch's type " + view.scalarType());
        };
    }

    private static long value(MethodHandle function, long handle, MemorySegment result) {
        check(NativeFunctions.call(() -> (int) function.invokeExact(handle, result)));
        return result.get(ValueLayout.JAVA_LONG, 0);
    }

    private static void check(int error) {
        if (error != 0) {
            throw new IllegalStateException("libtorch could not make or read a tensor; its message is in the log");
        }
    }
}
