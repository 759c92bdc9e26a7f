// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.checkpoint;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// Elements of files as Java's numbers, correct to the bit: subnormal numbers, infinities and NaN are kept.
public final class Elements {
    static final ValueLayout.OfDouble DOUBLE = ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;

    private static final float[] E4M3 = e4m3();

    private Elements() {}

    /// All elements of a tensor as float32: exact from narrower formats, rounded to nearest from F64 and integers.
    ///
    /// @throws ArithmeticException if there are 2^31 elements or more
    public static float[] floats(StoredTensor tensor) {
        float[] floats = new float[Math.toIntExact(tensor.elements())];
        floats(tensor.data(), tensor.type(), 0, floats, 0, floats.length);
        return floats;
    }

    /// Some elements as float32.
    ///
    /// @param data   of `type`, little-endian
    /// @param first  element to read
    /// @param target where to put them, from `offset` on
    public static void floats(MemorySegment data, ElementType type, long first, float[] target, int offset, int count) {
        switch (type) {
            case F32 -> MemorySegment.copy(data, FLOAT, first * Float.BYTES, target, offset, count);
            case F16 -> {
                for (int i = 0; i < count; i++) {
                    target[offset + i] = Float.float16ToFloat(data.get(SHORT, (first + i) * Short.BYTES));
                }
            }
            case BF16 -> {
                for (int i = 0; i < count; i++) {
                    target[offset + i] = Float.intBitsToFloat(data.get(SHORT, (first + i) * Short.BYTES) << 16);
                }
            }
            default -> {
                for (int i = 0; i < count; i++) {
                    target[offset + i] = floatAt(data, type, first + i);
                }
            }
        }
    }

    /// One element as float32.
    public static float floatAt(MemorySegment data, ElementType type, long index) {
        return switch (type) {
            case F64 -> (float) data.get(DOUBLE, index * Double.BYTES);
            case F32 -> data.get(FLOAT, index * Float.BYTES);
            case F16 -> Float.float16ToFloat(data.get(SHORT, index * Short.BYTES));
            case BF16 -> Float.intBitsToFloat(data.get(SHORT, index * Short.BYTES) << 16);
            case F8_E4M3 -> E4M3[data.get(BYTE, index) & 0xff];
            case F8_E5M2 -> Float.float16ToFloat((short) (data.get(BYTE, index) << 8));
            case U64 -> unsignedToFloat(data.get(LONG, index * Long.BYTES));
            case I64, I32, I16, I8, U32, U16, U8, BOOL -> longAt(data, type, index);
        };
    }

    /// One element of a tensor of integers or truth values. U64 above 2^63 - 1 come out negative.
    ///
    /// @throws IllegalArgumentException if the elements are floating-point numbers
    public static long longAt(MemorySegment data, ElementType type, long index) {
        return switch (type) {
            case I64, U64 -> data.get(LONG, index * Long.BYTES);
            case I32 -> data.get(INT, index * Integer.BYTES);
            case U32 -> data.get(INT, index * Integer.BYTES) & 0xffff_ffffL;
            case I16 -> data.get(SHORT, index * Short.BYTES);
            case U16 -> data.get(SHORT, index * Short.BYTES) & 0xffff;
            case I8 -> data.get(BYTE, index);
            case U8 -> data.get(BYTE, index) & 0xff;
            case BOOL -> data.get(BYTE, index) == 0 ? 0 : 1;
            case F64, F32, F16, BF16, F8_E4M3, F8_E5M2 ->
                    throw new IllegalArgumentException(type + " is no type of integers");
        };
    }

    /// All elements of a tensor of integers or truth values.
    public static long[] longs(StoredTensor tensor) {
        long[] longs = new long[Math.toIntExact(tensor.elements())];
        MemorySegment data = tensor.data();
        for (int i = 0; i < longs.length; i++) {
            longs[i] = longAt(data, tensor.type(), i);
        }
        return longs;
    }

    /// Rounds once: the lowest bit of the halved number stands for all bits lost.
    private static float unsignedToFloat(long value) {
        return value >= 0 ? value : 2f * ((value >>> 1) | (value & 1));
    }

    /// Sign, four bits of exponent with bias 7, three of mantissa; the only NaN has all bits set.
    private static float[] e4m3() {
        float[] values = new float[256];
        for (int bits = 0; bits < values.length; bits++) {
            int exponent = (bits >> 3) & 0xf;
            int mantissa = bits & 7;
            float magnitude =
                    exponent == 0xf && mantissa == 7
                            ? Float.NaN
                            : exponent == 0 ? Math.scalb(mantissa, -9) : Math.scalb(8 + mantissa, exponent - 10);
            values[bits] = (bits & 0x80) == 0 ? magnitude : -magnitude;
        }
        return values;
    }
}
