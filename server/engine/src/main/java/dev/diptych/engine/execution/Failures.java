// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.execution;

import dev.diptych.api.error.ErrorKind;
import dev.diptych.api.error.NodeException;

/// What a node that breaks its contract is told as.
final class Failures {
    private Failures() {}

    static NodeException of(Throwable cause) {
        return switch (cause) {
            case OutOfMemoryError _ ->
                    new NodeException(
                            ErrorKind.RESOURCE,
                            "engine/out-of-memory",
                            "The memory did not suffice.",
                            "Use smaller pictures, or give the process more memory.",
                            cause);
            case StackOverflowError _ ->
                    new NodeException(
                            ErrorKind.PLUGIN,
                            "engine/node-threw",
                            "The node called itself without end.",
                            "Tell the author of the plugin.",
                            cause);
            default ->
                    new NodeException(
                            ErrorKind.PLUGIN,
                            "engine/node-threw",
                            "The node threw " + cause + ".",
                            "Tell the author of the plugin; the log has the stack trace.",
                            cause);
        };
    }

    static NodeException missingOutput(String port) {
        return new NodeException(
                ErrorKind.PLUGIN,
                "engine/node-returned-null",
                "The node gave no value for its output \"" + port + "\".",
                "Tell the author of the plugin.",
                null);
    }
}
