// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.plugin;

import org.jspecify.annotations.Nullable;

/// A plugin that cannot be used. The message says why, as the end of a sentence that begins with the plugin's name.
final class BrokenPluginException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final String fix;

    BrokenPluginException(String reason, String fix, @Nullable Throwable cause) {
        super(reason, cause);
        this.fix = fix;
    }

    String reason() {
        return String.valueOf(getMessage());
    }

    /// What to do about it, a whole sentence.
    String fix() {
        return fix;
    }
}
