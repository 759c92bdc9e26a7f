// SPDX-License-Identifier: Apache-2.0

package dev.diptych.api.value;

import java.util.Arrays;
import java.util.Objects;

/// A dense array in row-major order: plain Java, immutable, readable from any thread, owner of no native memory.
/// Elements are float32, int64 or uint8. At most 2^31 - 1 elements.
public final class Tensor {
    /// The element types.
    public enum Type {
        /// `float`
        FLOAT32,
        /// `long`
        INT64,
        /// `byte`, read as 0 to 255
        UINT8
    }

    private final int[] shape;
    private final Object data;
    private final Type type;

    private Tensor(Type type, int[] shape, Object data, int length) {
        long count = 1;
        for (int size : shape) {
            if (size < 0) {
                throw new IllegalArgumentException("A size is negative: " + Arrays.toString(shape));
            }
            count = Math.multiplyExact(count, size);
        }
        if (count != length) {
            throw new IllegalArgumentException(
                    "Shape " + Arrays.toString(shape) + " has " + count + " elements, the array has " + length);
        }
        this.type = type;
        this.shape = shape.clone();
        this.data = data;
    }

    /// Takes ownership of the array: the caller must not write to it afterwards.
    ///
    /// @param data  row-major: the last dimension varies fastest
    /// @param shape sizes, outermost first; none for a scalar
    /// @throws IllegalArgumentException if a size is negative, or the shape has another number of elements than the array
    public static Tensor ofFloats(float[] data, int... shape) {
        return new Tensor(Type.FLOAT32, shape, Objects.requireNonNull(data), data.length);
    }

    /// Takes ownership of the array: the caller must not write to it afterwards.
    ///
    /// @param data  row-major: the last dimension varies fastest
    /// @param shape sizes, outermost first; none for a scalar
    /// @throws IllegalArgumentException if a size is negative, or the shape has another number of elements than the array
    public static Tensor ofLongs(long[] data, int... shape) {
        return new Tensor(Type.INT64, shape, Objects.requireNonNull(data), data.length);
    }

    /// Takes ownership of the array: the caller must not write to it afterwards. Bytes are unsigned.
    ///
    /// @param data  row-major: the last dimension varies fastest
    /// @param shape sizes, outermost first; none for a scalar
    /// @throws IllegalArgumentException if a size is negative, or the shape has another number of elements than the array
    public static Tensor ofBytes(byte[] data, int... shape) {
        return new Tensor(Type.UINT8, shape, Objects.requireNonNull(data), data.length);
    }

    /// What the elements are.
    public Type type() {
        return type;
    }

    /// The number of dimensions; 0 for a scalar.
    public int rank() {
        return shape.length;
    }

    /// The size of one dimension.
    ///
    /// @param dimension from 0, outermost first; a negative one counts from the last, which is -1
    /// @throws IndexOutOfBoundsException if there is no such dimension
    public int size(int dimension) {
        return shape[dimension < 0 ? dimension + shape.length : dimension];
    }

    /// A copy of the shape.
    public int[] shape() {
        return shape.clone();
    }

    /// The number of elements.
    public int length() {
        return switch (data) {
            case float[] floats -> floats.length;
            case long[] longs -> longs.length;
            case byte[] bytes -> bytes.length;
            default -> throw new AssertionError();
        };
    }

    /// The elements themselves, not a copy: only to be read.
    ///
    /// @throws IllegalStateException if the elements are not float32
    public float[] floats() {
        return data instanceof float[] floats ? floats : wrongType(Type.FLOAT32);
    }

    /// The elements themselves, not a copy: only to be read.
    ///
    /// @throws IllegalStateException if the elements are not int64
    public long[] longs() {
        return data instanceof long[] longs ? longs : wrongType(Type.INT64);
    }

    /// The elements themselves, not a copy: only to be read.
    ///
    /// @throws IllegalStateException if the elements are not uint8
    public byte[] bytes() {
        return data instanceof byte[] bytes ? bytes : wrongType(Type.UINT8);
    }

    private <T> T wrongType(Type wanted) {
        throw new IllegalStateException("This tensor holds " + type + ", not " + wanted);
    }

    /// The same elements under another shape; nothing is copied.
    ///
    /// @throws IllegalArgumentException if the shape has another number of elements
    public Tensor reshaped(int... newShape) {
        return new Tensor(type, newShape, data, length());
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Tensor that
                && type == that.type
                && Arrays.equals(shape, that.shape)
                && Objects.deepEquals(data, that.data);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(shape) + Arrays.deepHashCode(new Object[] {data});
    }

    @Override
    public String toString() {
        return type + Arrays.toString(shape);
    }
}
