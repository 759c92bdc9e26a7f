// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.device;

import ai.djl.pytorch.engine.PtNDArray;

import dev.diptych.api.value.Tensor;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/// Java's tensors in native memory.
final class HostTensors {
    private HostTensors() {}

    static int scalarType(Tensor.Type type) {
        return switch (type) {
            case FLOAT32 -> 6;
            case INT64 -> 4;
            case UINT8 -> 0;
        };
    }

    static int bytes(Tensor.Type type) {
        return switch (type) {
            case FLOAT32 -> Float.BYTES;
            case INT64 -> Long.BYTES;
            case UINT8 -> 1;
        };
    }

    static long bytes(Tensor tensor) {
        return (long) tensor.length() * bytes(tensor.type());
    }

    static long[] shape(Tensor tensor) {
        return Arrays.stream(tensor.shape()).asLongStream().toArray();
    }

    /// Writes all elements.
    static void write(Tensor tensor, MemorySegment to, long offset) {
        switch (tensor.type()) {
            case FLOAT32 -> MemorySegment.copy(tensor.floats(), 0, to, ValueLayout.JAVA_FLOAT, offset, tensor.length());
            case INT64 -> MemorySegment.copy(tensor.longs(), 0, to, ValueLayout.JAVA_LONG, offset, tensor.length());
            case UINT8 -> MemorySegment.copy(tensor.bytes(), 0, to, ValueLayout.JAVA_BYTE, offset, tensor.length());
        }
    }

    /// A tensor with a copy that an arena owns, which is closed after the tensor.
    static PtNDArray copy(Libtorch torch, Tensor tensor, Arena arena) {
        MemorySegment memory = arena.allocate(Math.max(1, bytes(tensor)), 64);
        write(tensor, memory, 0);
        return torch.over(memory, scalarType(tensor.type()), shape(tensor));
    }
}
