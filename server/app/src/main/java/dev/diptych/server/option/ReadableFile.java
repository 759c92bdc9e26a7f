// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.option;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

import java.nio.file.Files;
import java.nio.file.Path;

/// A file that is there, and that this user may read.
public final class ReadableFile implements ITypeConverter<Path> {
    @Override
    public Path convert(String value) {
        Path file = Path.of(value);
        if (!Files.exists(file) || Files.isDirectory(file)) {
            throw new TypeConversionException("there is no file " + value + ".");
        }
        if (!Files.isReadable(file)) {
            throw new TypeConversionException("this user may not read " + value + ".");
        }
        return file;
    }
}
