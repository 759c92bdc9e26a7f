// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.device;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;

/// Memory in which inputs are handed to libtorch. Not zeroed, aligned for vector instructions, and used again: fresh pages cost more than the copying.
/// Belongs to a device's thread.
final class NativeMemory implements AutoCloseable {
    private static final long ALIGNMENT = 64;
    private static final long SMALLEST = 4096;
    private static final long MOST_SPARE = 64L << 20;

    private static final MethodHandle ALLOCATE =
            NativeFunctions.get(
                    NativeFunctions.standard(),
                    "aligned_alloc",
                    FunctionDescriptor.of(ValueLayout.ADDRESS, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG));
    private static final MethodHandle FREE =
            NativeFunctions.get(NativeFunctions.standard(), "free", FunctionDescriptor.ofVoid(ValueLayout.ADDRESS));

    private final Map<Long, Deque<MemorySegment>> spare = new HashMap<>();
    private long spareBytes;

    /// @return at least so many bytes, whose content is anything; given back by [#give]
    /// @throws OutOfMemoryError if there are not so many
    MemorySegment take(long bytes) {
        long size = sizeFor(bytes);
        MemorySegment known = spare.computeIfAbsent(size, _ -> new ArrayDeque<>()).poll();
        if (known != null) {
            spareBytes -= size;
            return known;
        }
        MemorySegment fresh = NativeFunctions.call(() -> (MemorySegment) ALLOCATE.invokeExact(ALIGNMENT, size));
        if (fresh.address() == 0) {
            throw new OutOfMemoryError("No " + size + " bytes for the inputs of a call");
        }
        return fresh.reinterpret(size, Arena.global(), null);
    }

    /// Powers of two below a megabyte, whole megabytes above.
    static long sizeFor(long bytes) {
        long megabyte = 1L << 20;
        return bytes >= megabyte
                ? Math.ceilDiv(bytes, megabyte) * megabyte
                : Math.max(SMALLEST, Long.highestOneBit(Math.max(1, bytes - 1)) << 1);
    }

    void give(MemorySegment memory) {
        if (spareBytes + memory.byteSize() <= MOST_SPARE) {
            spareBytes += memory.byteSize();
            spare.computeIfAbsent(memory.byteSize(), _ -> new ArrayDeque<>()).push(memory);
        } else {
            free(memory);
        }
    }

    private static void free(MemorySegment memory) {
        NativeFunctions.run(() -> {
            FREE.invokeExact(memory);
        });
    }

    @Override
    public void close() {
        spare.values().forEach(segments -> segments.forEach(NativeMemory::free));
        spare.clear();
        spareBytes = 0;
    }
}
