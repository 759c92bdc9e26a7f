// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.plugin;

import java.util.List;

/// A node class whose declaration is wrong, with all that is wrong: each names the class, the component, and the fix.
public final class SchemaException extends RuntimeException {
    private static final long serialVersionUID = 1;

    @SuppressWarnings("serial") // an immutable list of strings
    private final List<String> mistakes;

    SchemaException(List<String> mistakes) {
        super(String.join("\n", mistakes));
        this.mistakes = List.copyOf(mistakes);
    }

    List<String> mistakes() {
        return mistakes;
    }
}
