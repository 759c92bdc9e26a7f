// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.device;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.LongSupplier;

/// How many cores other processes leave to this one, by what they used in the last second.
///
/// The threads of an operation meet hundreds of times in a forward pass, and wait for each other spinning. If one of them has no core of its own, all others spin until
/// the system gives it one: a process beside ours that keeps one core busy makes a pass with a thread a core many times slower than one with a thread less.
/// Processes that run with lower priority (`nice`) do not count, for they yield. Linux only; elsewhere all cores always seem free.
final class FreeCores {
    private static final Path MACHINE = Path.of("/proc/stat");
    private static final long INTERVAL_NANOS = 1_000_000_000;
    private static final double NANOS_PER_TICK = 1e9 / 100; // USER_HZ is 100 wherever Java runs

    /// Columns of `/proc/stat` behind the name that are work with the usual priority: user, system, irq, softirq.
    private static final List<Integer> WORK = List.of(1, 3, 6, 7);

    /// What `/proc/stat` says at a moment.
    ///
    /// @param cores  of the machine
    /// @param worked nanoseconds of all cores together
    record Reading(int cores, double worked) {}

    private final Path machine;
    private final LongSupplier clock;
    private final LongSupplier own;
    private final int most;
    private Reading last;
    private long lastTime;
    private long lastOwn;
    private int free;

    /// @param most cores that are of use
    FreeCores(int most) {
        this(most, MACHINE, System::nanoTime, FreeCores::ownNanos);
    }

    FreeCores(int most, Path machine, LongSupplier clock, LongSupplier own) {
        this.most = most;
        this.machine = machine;
        this.clock = clock;
        this.own = own;
        this.free = most;
        this.last = read();
        this.lastTime = clock.getAsLong();
        this.lastOwn = own.getAsLong();
    }

    /// At least 1. Looks at the machine once a second at most, and costs nothing else.
    int now() {
        long time = clock.getAsLong();
        if (most == 1 || last.cores == 0 || time - lastTime < INTERVAL_NANOS) {
            return free;
        }
        Reading reading = read();
        long ownTime = own.getAsLong();
        double others = Math.max(0, reading.worked - last.worked - (ownTime - lastOwn)) / (time - lastTime);
        free = Math.clamp(Math.round(reading.cores - others), 1, most);
        last = reading;
        lastTime = time;
        lastOwn = ownTime;
        return free;
    }

    private Reading read() {
        try {
            List<String> lines = Files.readAllLines(machine, StandardCharsets.US_ASCII);
            int cores = (int) lines.stream().filter(line -> line.matches("cpu[0-9].*")).count();
            String[] columns = lines.getFirst().split(" +");
            double ticks = 0;
            for (int column : WORK) {
                ticks += Long.parseLong(columns[column]);
            }
            return new Reading(cores, ticks * NANOS_PER_TICK);
        } catch (IOException | RuntimeException _) {
            return new Reading(0, 0);
        }
    }

    private static long ownNanos() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof com.sun.management.OperatingSystemMXBean system
                ? system.getProcessCpuTime()
                : 0;
    }
}
