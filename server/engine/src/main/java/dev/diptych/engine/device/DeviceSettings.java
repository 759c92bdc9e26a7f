// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.device;

import java.lang.management.ManagementFactory;

/// How this process uses its machine.
///
/// @param processors how many devices the processor counts as; they split the threads
/// @param threads    that the processor's devices compute with together, usually as many as cores
/// @param precision  in which formats models compute
/// @param bytes      of memory for the processor's devices together
public record DeviceSettings(int processors, int threads, Precision precision, long bytes) {
    private static final long LEAST_BYTES = 1L << 30;

    /// In which formats models compute.
    public enum Precision {
        /// float32 on the processor, the checkpoint's own format on graphics cards.
        USUAL,
        /// float32 everywhere.
        FLOAT32,
        /// The fastest of those that the device has, tried with each model's first call.
        FAST
    }

    public DeviceSettings {
        if (processors < 1 || threads < 1) {
            throw new IllegalArgumentException(
                    "The processor cannot count as " + processors + " devices with " + threads + " threads");
        }
    }

    /// One device for the processor, with most of the machine's memory.
    public static DeviceSettings usual() {
        return new DeviceSettings(1, Runtime.getRuntime().availableProcessors(), Precision.USUAL, usualBytes());
    }

    /// Of the machine's memory, or the container's, 70 %, without what Java's heap may take.
    private static long usualBytes() {
        long machine =
                ManagementFactory.getOperatingSystemMXBean() instanceof com.sun.management.OperatingSystemMXBean system
                        ? system.getTotalMemorySize()
                        : 4 * LEAST_BYTES;
        return Math.max(LEAST_BYTES, machine / 10 * 7 - Runtime.getRuntime().maxMemory());
    }

    public DeviceSettings withPrecision(Precision other) {
        return new DeviceSettings(processors, threads, other, bytes);
    }

    public DeviceSettings withProcessors(int number) {
        return new DeviceSettings(number, threads, precision, bytes);
    }

    public DeviceSettings withThreads(int number) {
        return new DeviceSettings(processors, number, precision, bytes);
    }

    public DeviceSettings withBytes(long number) {
        return new DeviceSettings(processors, threads, precision, number);
    }
}
