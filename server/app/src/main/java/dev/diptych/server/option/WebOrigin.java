// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.option;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

import java.util.Locale;
import java.util.regex.Pattern;

/// What browsers send as the header `Origin`: scheme and host, a port where it is not the scheme's own; `null` for pages without
/// one. In small letters, as browsers write it.
public final class WebOrigin implements ITypeConverter<String> {
    private static final Pattern ORIGIN =
            Pattern.compile("null|[a-z][a-z0-9+.-]*://" + HostName.FORM + "(?::[0-9]{1,5})?");

    @Override
    public String convert(String value) {
        String origin = value.strip().toLowerCase(Locale.ROOT);
        if (!ORIGIN.matcher(origin).matches()) {
            throw new TypeConversionException(
                    "\"" + value + "\" is no origin. Write https://tools.example, without a path.");
        }
        return origin;
    }
}
