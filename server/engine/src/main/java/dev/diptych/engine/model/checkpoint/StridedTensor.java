// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.checkpoint;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.Supplier;

/// A tensor as a view of a storage: where it begins, and how far apart neighbours in each dimension are, counted in elements.
final class StridedTensor {
    /// More elements than its storage has only a view with a stride of 0 has; this many are published (position numbers), not more.
    private static final long MOST_REPEATED = 1 << 20;

    private final ElementType type;
    private final long offset;
    private final long[] shape;
    private final long[] strides;

    /// @param shape   sizes, outermost first
    /// @param strides as many
    StridedTensor(ElementType type, long offset, long[] shape, long[] strides) {
        this.type = type;
        this.offset = offset;
        this.shape = shape;
        this.strides = strides;
    }

    /// Why the view does not fit a storage of so many elements, or null.
    @Nullable String problem(long storageElements) {
        if (shape.length != strides.length || shape.length > Shapes.MOST_DIMENSIONS) {
            return "its shape has " + shape.length + " sizes, its strides are " + strides.length;
        }
        long bytes = Shapes.bytes(shape, type);
        if (bytes < 0 || offset < 0) {
            return "its shape is " + Shapes.text(shape) + " from element " + offset;
        }
        if (bytes == 0) {
            return null;
        }
        if (bytes / type.bytes() > Math.max(storageElements, MOST_REPEATED)) {
            return "its shape " + Shapes.text(shape) + " has more elements than its storage";
        }
        long last = offset;
        for (int i = 0; i < shape.length; i++) {
            long steps = shape[i] - 1;
            if (strides[i] < 0 || (steps > 0 && strides[i] > (Long.MAX_VALUE - last) / steps)) {
                return "its strides are " + Shapes.text(strides);
            }
            last += steps * strides[i];
        }
        return last < storageElements
                ? null
                : "its last element is number " + last + " of a storage with " + storageElements;
    }

    /// The tensor over a storage that it fits: a part of it where elements are contiguous, gathered else.
    StoredTensor over(Supplier<MemorySegment> storage) {
        long bytes = Shapes.bytes(shape, type);
        Supplier<MemorySegment> data =
                bytes == 0 || isContiguous()
                        ? () -> storage.get().asSlice(bytes == 0 ? 0 : offset * type.bytes(), bytes)
                        : new LazyData(() -> gather(storage.get(), bytes));
        return new StoredTensor("", type, shape, data);
    }

    private boolean isContiguous() {
        long expected = 1;
        for (int i = shape.length - 1; i >= 0; i--) {
            if (shape[i] != 1 && strides[i] != expected) {
                return false;
            }
            expected *= shape[i];
        }
        return true;
    }

    private MemorySegment gather(MemorySegment storage, long bytes) {
        MemorySegment gathered = Arena.ofAuto().allocate(bytes, Long.BYTES);
        int rows = shape.length - 1;
        long rowElements = shape[rows];
        long[] index = new long[rows];
        long source = offset;
        for (long target = 0; target < bytes; target += rowElements * type.bytes()) {
            copyRow(storage, source, gathered, target);
            for (int i = rows - 1; i >= 0; i--) {
                source += strides[i];
                if (++index[i] < shape[i]) {
                    break;
                }
                source -= shape[i] * strides[i];
                index[i] = 0;
            }
        }
        return gathered.asReadOnly();
    }

    private void copyRow(MemorySegment storage, long element, MemorySegment target, long targetByte) {
        int last = shape.length - 1;
        int size = type.bytes();
        if (strides[last] == 1) {
            MemorySegment.copy(storage, element * size, target, targetByte, shape[last] * size);
            return;
        }
        for (long i = 0; i < shape[last]; i++) {
            ElementCopy.one(storage, (element + i * strides[last]) * size, target, targetByte + i * size, size);
        }
    }
}
