// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server;

import dev.diptych.engine.cache.CacheFolder;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

import java.util.List;

/// How much a process keeps to be faster.
final class CacheOptions {
    @Option(
            names = "--cache-disk",
            paramLabel = "MB",
            converter = Megabytes.class,
            description =
                    "Disk space for results of nodes and small pictures (default: DIPTYCH_CACHE_DISK, else 10240). "
                            + "What was used longest ago goes first.")
    private @Nullable Long megabytes;

    long bytes() {
        return megabytes == null ? CacheFolder.USUAL_BYTES : megabytes << 20;
    }

    /// As they are written for another process of this program.
    List<String> arguments() {
        return megabytes == null ? List.of() : List.of("--cache-disk", megabytes.toString());
    }

    /// At least one, and no more than can be counted in bytes.
    static final class Megabytes implements ITypeConverter<Long> {
        private static final long MOST = Long.MAX_VALUE >> 20;

        @Override
        public Long convert(String value) {
            try {
                long megabytes = Long.parseLong(value);
                if (megabytes >= 1 && megabytes <= MOST) {
                    return megabytes;
                }
            } catch (NumberFormatException _) {
                // told below
            }
            throw new TypeConversionException(
                    "\"" + value + "\" is no whole number from 1 to " + MOST + " (megabytes)");
        }
    }
}
