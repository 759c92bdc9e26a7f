// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.checkpoint;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Moves single elements without looking at what they mean.
final class ElementCopy {
    private ElementCopy() {}

    /// @param size 1, 2, 4 or 8 bytes
    static void one(MemorySegment from, long fromByte, MemorySegment to, long toByte, int size) {
        switch (size) {
            case 1 -> to.set(ValueLayout.JAVA_BYTE, toByte, from.get(ValueLayout.JAVA_BYTE, fromByte));
            case 2 ->
                    to.set(
                            ValueLayout.JAVA_SHORT_UNALIGNED,
                            toByte,
                            from.get(ValueLayout.JAVA_SHORT_UNALIGNED, fromByte));
            case 4 ->
                    to.set(ValueLayout.JAVA_INT_UNALIGNED, toByte, from.get(ValueLayout.JAVA_INT_UNALIGNED, fromByte));
            default ->
                    to.set(
                            ValueLayout.JAVA_LONG_UNALIGNED,
                            toByte,
                            from.get(ValueLayout.JAVA_LONG_UNALIGNED, fromByte));
        }
    }
}
