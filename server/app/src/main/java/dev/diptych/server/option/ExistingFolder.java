// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.option;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

import java.nio.file.Files;
import java.nio.file.Path;

/// A folder that is there.
public final class ExistingFolder implements ITypeConverter<Path> {
    @Override
    public Path convert(String value) {
        Path folder = Path.of(value);
        if (!Files.isDirectory(folder)) {
            throw new TypeConversionException("there is no folder " + value + ".");
        }
        return folder;
    }
}
