// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.hub;

import dev.diptych.engine.model.checkpoint.ElementType;
import dev.diptych.engine.model.checkpoint.Elements;
import dev.diptych.engine.model.checkpoint.LazyData;
import dev.diptych.engine.model.checkpoint.StoredTensor;
import dev.diptych.engine.model.checkpoint.adapter.WeightDelta;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.List;

/// A weight with adapters' deltas added: summed in float32, and rounded once to the weight's own format. Computed when its data are asked for.
final class ChangedTensor {
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfDouble DOUBLE =
            ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final int CHUNK_ELEMENTS = 1 << 18;

    private ChangedTensor() {}

    /// @param scale the user's
    record Change(WeightDelta delta, double scale) {}

    static StoredTensor of(StoredTensor weight, List<Change> changes) {
        ElementType type = kept(weight.type());
        return new StoredTensor(
                weight.name(), type, weight.shape(), new LazyData(() -> computed(weight, type, changes)));
    }

    /// A weight with rows put in after its first ones, which the others after these give way to.
    ///
    /// @param at    the first row that is replaced or added
    /// @param added (rows, width) each
    static StoredTensor withRows(StoredTensor weight, long at, List<StoredTensor> added) {
        long[] shape = weight.shape();
        long more = added.stream().mapToLong(rows -> rows.shape()[0]).sum();
        long rows = Math.max(shape[0], at + more);
        ElementType type = kept(weight.type());
        return new StoredTensor(
                weight.name(),
                type,
                new long[] {rows, shape[1]},
                new LazyData(() -> {
                    MemorySegment to = Arena.ofAuto().allocate(rows * shape[1] * type.bytes(), Long.BYTES);
                    copied(weight, to, type, 0);
                    long row = at;
                    for (StoredTensor tensor : added) {
                        copied(tensor, to, type, row * shape[1]);
                        row += tensor.shape()[0];
                    }
                    return to.asReadOnly();
                }));
    }

    private static void copied(StoredTensor from, MemorySegment to, ElementType type, long first) {
        MemorySegment data = from.data();
        float[] buffer = new float[(int) Math.min(CHUNK_ELEMENTS, from.elements())];
        for (long done = 0; done < from.elements(); done += buffer.length) {
            int count = (int) Math.min(buffer.length, from.elements() - done);
            Elements.floats(data, from.type(), done, buffer, 0, count);
            write(buffer, count, to, type, first + done);
        }
    }

    /// Formats that a sum would not fit into become float32.
    private static ElementType kept(ElementType type) {
        return switch (type) {
            case F64, F32, F16, BF16 -> type;
            default -> ElementType.F32;
        };
    }

    private static MemorySegment computed(StoredTensor weight, ElementType type, List<Change> changes) {
        long[] shape = weight.shape();
        long rows = shape.length == 0 ? 1 : shape[0];
        MemorySegment to = Arena.ofAuto().allocate(weight.elements() * type.bytes(), Long.BYTES);
        if (rows == 0 || weight.elements() == 0) {
            return to.asReadOnly();
        }
        int length = Math.toIntExact(weight.elements() / rows);
        int together = (int) Math.clamp(CHUNK_ELEMENTS / (long) length, 1, rows);
        MemorySegment data = weight.data();
        List<WeightDelta.Rows> deltas = changes.stream().map(change -> change.delta().open()).toList();
        float[] buffer = new float[Math.multiplyExact(together, length)];
        for (long row = 0; row < rows; row += together) {
            int count = (int) Math.min(together, rows - row);
            Elements.floats(data, weight.type(), row * length, buffer, 0, count * length);
            for (int i = 0; i < deltas.size(); i++) {
                deltas.get(i).add(changes.get(i).scale(), row, count, buffer);
            }
            write(buffer, count * length, to, type, row * length);
        }
        return to.asReadOnly();
    }

    private static void write(float[] from, int count, MemorySegment to, ElementType type, long first) {
        switch (type) {
            case F64 -> {
                for (int i = 0; i < count; i++) {
                    to.set(DOUBLE, (first + i) * Double.BYTES, from[i]);
                }
            }
            case F16 -> {
                for (int i = 0; i < count; i++) {
                    to.set(SHORT, (first + i) * Short.BYTES, Float.floatToFloat16(from[i]));
                }
            }
            case BF16 -> {
                for (int i = 0; i < count; i++) {
                    to.set(SHORT, (first + i) * Short.BYTES, toBfloat16(from[i]));
                }
            }
            default -> MemorySegment.copy(from, 0, to, FLOAT, first * Float.BYTES, count);
        }
    }

    /// Rounds to nearest, ties to even.
    private static short toBfloat16(float value) {
        int bits = Float.floatToRawIntBits(value);
        if (Float.isNaN(value)) {
            return (short) (bits >>> 16 | 0x40);
        }
        return (short) (bits + 0x7fff + (bits >>> 16 & 1) >>> 16);
    }
}
