// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.option;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

import java.util.Locale;
import java.util.regex.Pattern;

/// What the header `Host` names without its port: a name, an IPv4 address, or an IPv6 address in brackets. In small letters, as it is compared.
public final class HostName implements ITypeConverter<String> {
    static final String FORM = "(?:[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?|\\[[0-9a-f:.]+])";

    private static final Pattern NAME = Pattern.compile(FORM);

    @Override
    public String convert(String value) {
        String name = value.strip().toLowerCase(Locale.ROOT);
        if (!NAME.matcher(name).matches()) {
            throw new TypeConversionException(
                    "\"" + value + "\" is no name of a host. Write diptych.example, without scheme, port and path.");
        }
        return name;
    }
}
