// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.checkpoint;

import dev.diptych.api.error.NodeException;

import java.nio.file.Path;

/// Errors about model files: the file's name with that of its folder, what was found, what is allowed.
public final class BadFile {
    private BadFile() {}

    /// A file that cannot be used.
    ///
    /// @param code  `engine/slug`
    /// @param place the file, and where in it
    public static NodeException of(String code, String place, String message) {
        return NodeException.user(code, "%s: %s", place, message);
    }

    /// The last two names of a path: enough to find the file, and silent about where the server keeps it.
    public static String place(Path file) {
        int names = file.getNameCount();
        return names <= 2 ? file.toString() : file.subpath(names - 2, names).toString();
    }
}
