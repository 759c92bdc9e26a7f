// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server;

import dev.diptych.engine.device.DeviceSettings;
import dev.diptych.server.option.WholeNumber;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/// How a process that computes uses its machine.
final class DeviceOptions {
    private static final long MEGABYTE = 1 << 20;

    @Option(
            names = "--precision",
            paramLabel = "FORMAT",
            converter = Formats.class,
            description =
                    "usual: float32 on the processor, the checkpoint's format on graphics cards; float32; "
                            + "fast: whatever is fastest, tried with each model (default: DIPTYCH_PRECISION, else usual).")
    private DeviceSettings.@Nullable Precision precision;

    @Option(
            names = "--model-memory",
            paramLabel = "MB",
            converter = WholeNumber.Positive.class,
            description =
                    "Memory for models on the processor (default: DIPTYCH_MODEL_MEMORY, else 70 %% of the machine's without Java's heap).")
    private @Nullable Integer megabytes;

    DeviceSettings settings() {
        DeviceSettings settings = DeviceSettings.usual();
        if (precision != null) {
            settings = settings.withPrecision(precision);
        }
        return megabytes == null ? settings : settings.withBytes(megabytes * MEGABYTE);
    }

    /// As they are written for another process of this program.
    List<String> arguments() {
        List<String> arguments = new ArrayList<>();
        if (precision != null) {
            arguments.addAll(List.of("--precision", precision.name().toLowerCase(Locale.ROOT)));
        }
        if (megabytes != null) {
            arguments.addAll(List.of("--model-memory", megabytes.toString()));
        }
        return arguments;
    }

    /// In small letters.
    static final class Formats implements ITypeConverter<DeviceSettings.Precision> {
        @Override
        public DeviceSettings.Precision convert(String value) {
            for (DeviceSettings.Precision precision : DeviceSettings.Precision.values()) {
                if (precision.name().equalsIgnoreCase(value)) {
                    return precision;
                }
            }
            throw new TypeConversionException(
                    "\""
                            + value
                            + "\" is none of "
                            + Arrays.stream(DeviceSettings.Precision.values())
                                    .map(each -> each.name().toLowerCase(Locale.ROOT))
                                    .collect(Collectors.joining(", ")));
        }
    }
}
