// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.device;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/// What the C library has handed out in this process and not got back: the tensors of libtorch are in it, Java's heap is not.
/// The resident memory of a process cannot tell that: it moves with Java's heap, which grows and shrinks by what ran before.
final class NativeHeap {
    private static final int LOOKS = 5;
    private static final long PAUSE_MILLISECONDS = 50;

    /// Of glibc's `struct mallinfo2`, in words: bytes in pages of their own, and bytes in use in all arenas.
    private static final long HBLKHD = 4;

    private static final long UORDBLKS = 7;
    private static final MemoryLayout INFO = MemoryLayout.sequenceLayout(10, ValueLayout.JAVA_LONG);

    private NativeHeap() {}

    /// The least of some looks: a compiler that is at work holds memory for a moment, too.
    static long bytesInUse() {
        System.gc(); // whatever owns native memory and is not reachable any more
        long least = Long.MAX_VALUE;
        try (Arena arena = Arena.ofConfined()) {
            MethodHandle mallinfo = mallinfo();
            for (int i = 0; i < LOOKS; i++) {
                Thread.sleep(PAUSE_MILLISECONDS);
                MemorySegment info = (MemorySegment) mallinfo.invokeExact((SegmentAllocator) arena);
                least =
                        Math.min(
                                least,
                                info.getAtIndex(ValueLayout.JAVA_LONG, HBLKHD)
                                        + info.getAtIndex(ValueLayout.JAVA_LONG, UORDBLKS));
            }
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
        return least;
    }

    private static MethodHandle mallinfo() {
        Linker linker = Linker.nativeLinker();
        var function = linker.defaultLookup().find("mallinfo2");
        assumeTrue(function.isPresent(), "The C library does not say how much it has handed out (glibc 2.33 does)");
        return linker.downcallHandle(
                function.get(), FunctionDescriptor.of(MemoryLayout.structLayout(INFO.withName("words"))));
    }
}
