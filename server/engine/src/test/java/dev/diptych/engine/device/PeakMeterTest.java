// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.device;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;

class PeakMeterTest {
    static long residentBytes() {
        try {
            return Files.readAllLines(Path.of("/proc/self/status")).stream()
                            .filter(line -> line.startsWith("VmRSS:"))
                            .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
                            .findFirst()
                            .orElse(0)
                    << 10;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void sees_memory_that_was_held_for_a_moment() {
        long most = 0;
        for (int i = 0; i < 5; i++) { // the collector may give memory back at the same moment
            PeakMeter meter = PeakMeter.start();
            try (Arena arena = Arena.ofConfined()) {
                arena.allocate(128 << 20).fill((byte) 1);
            }
            most = Math.max(most, meter.peak());
        }

        assertThat(most).isGreaterThan(64 << 20);
    }
}
