// SPDX-License-Identifier: Apache-2.0

package dev.diptych.api.network;

import java.util.Locale;

/// A network that cannot be: shapes that do not fit, a name given twice. The message names the module, what was found and what is expected.
public final class DescriptionException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /// @param message a format for [String#format(String, Object...)]
    public DescriptionException(String message, Object... values) {
        super(String.format(Locale.ROOT, message, values));
    }
}
