// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server;

import dev.diptych.engine.cache.CacheFolder;
import dev.diptych.server.option.WholeNumber;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Option;

import java.util.List;

/// How much a process keeps to be faster.
final class CacheOptions {
    @Option(
            names = "--cache-disk",
            paramLabel = "MB",
            converter = WholeNumber.Positive.class,
            description =
                    "Disk space for results of nodes and small pictures (default: DIPTYCH_CACHE_DISK, else 10240). "
                            + "What was used longest ago goes first.")
    private @Nullable Integer megabytes;

    long bytes() {
        return megabytes == null ? CacheFolder.USUAL_BYTES : (long) megabytes << 20;
    }

    /// As they are written for another process of this program.
    List<String> arguments() {
        return megabytes == null ? List.of() : List.of("--cache-disk", megabytes.toString());
    }
}
