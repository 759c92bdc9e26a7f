// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.device;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/// The most memory that this process held while something ran. Linux only; elsewhere it says 0.
final class PeakMeter {
    private static final Path RESET = Path.of("/proc/self/clear_refs");
    private static final Path STATUS = Path.of("/proc/self/status");

    private final long before;

    private PeakMeter(long before) {
        this.before = before;
    }

    static PeakMeter start() {
        try {
            Files.writeString(RESET, "5"); // forgets the peak so far
            return new PeakMeter(bytes("VmRSS:"));
        } catch (IOException | RuntimeException _) {
            return new PeakMeter(Long.MAX_VALUE);
        }
    }

    /// Above what was held at the start.
    long peak() {
        try {
            return before == Long.MAX_VALUE ? 0 : Math.max(0, bytes("VmHWM:") - before);
        } catch (IOException | RuntimeException _) {
            return 0;
        }
    }

    private static long bytes(String name) throws IOException {
        for (String line : Files.readString(STATUS, StandardCharsets.US_ASCII).split("\n")) {
            if (line.startsWith(name)) {
                return Long.parseLong(line.replaceAll("[^0-9]", "")) << 10;
            }
        }
        return 0;
    }
}
