// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server;

import dev.diptych.engine.value.ImageFiles;
import dev.diptych.server.option.WholeNumber;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Option;

import java.util.List;

/// How large the pictures may be that a process reads.
final class PictureOptions {
    private static final long MILLION = 1_000_000;

    @Option(
            names = "--max-pixels",
            paramLabel = "MILLIONS",
            converter = WholeNumber.Positive.class,
            description = "Largest picture that is read (default: DIPTYCH_MAX_PIXELS, else 64).")
    private @Nullable Integer millions;

    long maxPixels() {
        return millions == null ? ImageFiles.DEFAULT_MAX_PIXELS : millions * MILLION;
    }

    /// As they are written for another process of this program.
    List<String> arguments() {
        return millions == null ? List.of() : List.of("--max-pixels", millions.toString());
    }
}
