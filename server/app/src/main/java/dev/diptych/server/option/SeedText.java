// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.option;

import dev.diptych.api.value.Seed;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// A seed as people write it: a whole number of 64 bits, with a sign or without. -1 is 2^64 - 1.
public final class SeedText implements ITypeConverter<Seed> {
    /// @throws IllegalArgumentException saying what a seed is
    public static Seed read(String text) {
        try {
            return new Seed(text.startsWith("-") ? Long.parseLong(text) : Long.parseUnsignedLong(text));
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(
                    "\"" + text + "\" is no seed: a whole number from -2^63 to 2^64 - 1 is needed.", e);
        }
    }

    @Override
    public Seed convert(String value) {
        try {
            return read(value.strip());
        } catch (IllegalArgumentException e) {
            throw new TypeConversionException(e.getMessage());
        }
    }
}
