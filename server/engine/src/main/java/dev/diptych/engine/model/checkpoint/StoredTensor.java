// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.checkpoint;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.function.Supplier;

/// One tensor as its file holds it. Name, type and shape are known from the file's header; nothing is read until [#data] is touched.
/// Usable from any thread until its checkpoint is closed.
public final class StoredTensor {
    private final String name;
    private final ElementType type;
    private final long[] shape;
    private final long elements;
    private final Supplier<MemorySegment> data;

    /// @param data gives little-endian, row-major, contiguous elements, as many bytes as type and shape say; asked each time, so that what it
    ///             computes need not be kept
    /// @throws IllegalArgumentException if a size is negative, or there are more than 2^63 - 1 bytes
    public StoredTensor(String name, ElementType type, long[] shape, Supplier<MemorySegment> data) {
        this.name = name;
        this.type = type;
        this.shape = shape.clone();
        this.elements = elements(shape, type);
        this.data = data;
    }

    private static long elements(long[] shape, ElementType type) {
        long bytes = Shapes.bytes(shape, type);
        if (bytes < 0) {
            throw new IllegalArgumentException(
                    "The shape " + Arrays.toString(shape) + " has a negative size or is too large");
        }
        return bytes / type.bytes();
    }

    public String name() {
        return name;
    }

    public ElementType type() {
        return type;
    }

    /// A copy of the shape; empty for a scalar.
    public long[] shape() {
        return shape.clone();
    }

    /// The number of elements.
    public long elements() {
        return elements;
    }

    /// The number of bytes of [#data].
    public long bytes() {
        return elements * type.bytes();
    }

    /// The elements: little-endian, row-major, contiguous, read-only. Mapped where the file holds them so; else computed now, and freed once
    /// unreachable.
    ///
    /// @throws IllegalStateException if the checkpoint is closed
    public MemorySegment data() {
        return data.get();
    }

    /// The same tensor by another name.
    public StoredTensor named(String newName) {
        return new StoredTensor(newName, type, shape, data);
    }

    /// The same elements under another shape.
    ///
    /// @throws IllegalArgumentException if the shape has another number of elements
    public StoredTensor reshaped(long... newShape) {
        if (elements(newShape, type) != elements) {
            throw new IllegalArgumentException(
                    name + ": " + Arrays.toString(shape) + " cannot become " + Arrays.toString(newShape));
        }
        return new StoredTensor(name, type, newShape, data);
    }

    /// As `weight: F16 (320, 4, 3, 3)`.
    @Override
    public String toString() {
        return name + ": " + type + " " + Shapes.text(shape);
    }
}
