// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.security;

import java.util.Locale;

/// What a token allows. `ADMIN` includes the others, and everybody's jobs; `RUN` includes `READ`.
public enum Scope {
    READ,
    RUN,
    WORKER,
    ADMIN;

    /// As it is stored and shown: lower case.
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /// @throws IllegalArgumentException naming what is allowed
    public static Scope of(String text) {
        for (Scope scope : values()) {
            if (scope.text().equals(text)) {
                return scope;
            }
        }
        throw new IllegalArgumentException(
                "Scope \"" + text + "\" is unknown; allowed are read, run, worker and admin.");
    }
}
