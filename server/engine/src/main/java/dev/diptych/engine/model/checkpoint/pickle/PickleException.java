// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.checkpoint.pickle;

/// A pickle that is refused. The message says what was found, in words for the file's owner.
public final class PickleException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public PickleException(String message) {
        super(message);
    }
}
