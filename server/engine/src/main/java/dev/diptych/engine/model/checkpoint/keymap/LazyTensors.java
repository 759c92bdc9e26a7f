// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.checkpoint.keymap;

import dev.diptych.engine.model.checkpoint.ElementType;
import dev.diptych.engine.model.checkpoint.LazyData;
import dev.diptych.engine.model.checkpoint.Shapes;
import dev.diptych.engine.model.checkpoint.StoredTensor;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Tensors made of parts of others. What is contiguous stays a part of the file; the rest is put together when its data are asked for.
final class LazyTensors {
    private LazyTensors() {}

    /// The transpose of a matrix.
    static StoredTensor transposed(StoredTensor tensor) {
        long[] shape = tensor.shape();
        if (shape.length != 2) {
            throw new IllegalArgumentException(tensor + " is no matrix");
        }
        return new StoredTensor(
                tensor.name(),
                tensor.type(),
                new long[] {shape[1], shape[0]},
                new LazyData(() -> transposed(tensor.data(), tensor.type(), shape)));
    }

    private static MemorySegment transposed(MemorySegment from, ElementType type, long[] shape) {
        MemorySegment to = Arena.ofAuto().allocate(from.byteSize(), Long.BYTES);
        int size = type.bytes();
        for (long row = 0; row < shape[0]; row++) {
            for (long column = 0; column < shape[1]; column++) {
                MemorySegment.copy(
                        from,
                        ValueLayout.JAVA_BYTE,
                        (row * shape[1] + column) * size,
                        to,
                        ValueLayout.JAVA_BYTE,
                        (column * shape[0] + row) * size,
                        size);
            }
        }
        return to.asReadOnly();
    }

    /// Deals the rows out in blocks, in turn to each part.
    ///
    /// @param block rows that a part gets at a time
    static List<StoredTensor> split(StoredTensor tensor, int parts, long block) {
        long[] shape = tensor.shape();
        if (shape.length == 0 || block < 1 || shape[0] % (parts * block) != 0) {
            throw new IllegalArgumentException(
                    tensor.name()
                            + ": "
                            + Shapes.text(shape)
                            + " cannot be dealt out to "
                            + parts
                            + " parts in blocks of "
                            + block
                            + " rows");
        }
        long[] partShape = shape.clone();
        partShape[0] = shape[0] / parts;
        long blockBytes = tensor.bytes() / shape[0] * block;
        List<StoredTensor> split = new ArrayList<>();
        for (int part = 0; part < parts; part++) {
            long first = part * blockBytes;
            split.add(
                    partShape[0] == block
                            ? new StoredTensor(
                                    "", tensor.type(), partShape, () -> tensor.data().asSlice(first, blockBytes))
                            : new StoredTensor(
                                    "",
                                    tensor.type(),
                                    partShape,
                                    new LazyData(() -> gathered(tensor.data(), first, blockBytes, parts))));
        }
        return split;
    }

    private static MemorySegment gathered(MemorySegment from, long first, long blockBytes, int parts) {
        MemorySegment to = Arena.ofAuto().allocate(from.byteSize() / parts, Long.BYTES);
        for (long position = 0; position < to.byteSize(); position += blockBytes) {
            MemorySegment.copy(from, first + position * parts, to, position, blockBytes);
        }
        return to.asReadOnly();
    }

    /// Collects rows in blocks, in turn from each part.
    static StoredTensor joined(List<StoredTensor> parts, long block) {
        StoredTensor first = parts.getFirst();
        long[] shape = first.shape();
        boolean isUniform =
                parts.stream().allMatch(part -> part.type() == first.type() && Arrays.equals(part.shape(), shape));
        if (shape.length == 0 || !isUniform || block < 1 || shape[0] % block != 0) {
            throw new IllegalArgumentException("Parts cannot be joined in blocks of " + block + " rows: " + parts);
        }
        shape[0] *= parts.size();
        long blockBytes = shape[0] == 0 ? 0 : first.bytes() * parts.size() / shape[0] * block;
        return new StoredTensor(
                "", first.type(), shape, new LazyData(() -> joined(parts, blockBytes, first.bytes() * parts.size())));
    }

    private static MemorySegment joined(List<StoredTensor> parts, long blockBytes, long bytes) {
        MemorySegment to = Arena.ofAuto().allocate(bytes, Long.BYTES);
        for (int part = 0; part < parts.size(); part++) {
            MemorySegment from = parts.get(part).data();
            for (long position = 0; position < from.byteSize(); position += blockBytes) {
                MemorySegment.copy(from, position, to, position * parts.size() + part * blockBytes, blockBytes);
            }
        }
        return to.asReadOnly();
    }
}
