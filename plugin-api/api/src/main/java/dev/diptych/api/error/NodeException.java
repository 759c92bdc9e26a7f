// SPDX-License-Identifier: Apache-2.0

package dev.diptych.api.error;

import org.jspecify.annotations.Nullable;

import java.util.Locale;
import java.util.Objects;
import java.util.Optional;

/// The one exception of nodes. Its message names the place, the value found and what is allowed; [#next] says what to do.
/// The engine adds the node and its type, so the message need not.
///
/// ```java
/// throw NodeException.user("image/crop-outside", "The rectangle ends at x = %d, the image is %d pixels wide.", x, width)
///         .next("Use a smaller width, or pad the image first.");
/// ```
public final class NodeException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final ErrorKind kind;
    private final String code;
    private final @Nullable String next;

    /// @param code  `plugin/slug`, stable for ever: clients translate and test by it
    /// @param next  what the reader can do now, or null when nothing is known to help
    /// @param cause kept, never shown to users of kind USER
    public NodeException(
            ErrorKind kind, String code, String message, @Nullable String next, @Nullable Throwable cause) {
        super(message, cause);
        this.kind = Objects.requireNonNull(kind);
        this.code = Objects.requireNonNull(code);
        this.next = next;
    }

    /// An error of the graph, a parameter or a file.
    ///
    /// @param code    `plugin/slug`
    /// @param message a format for [String#format(String, Object...)]; as it is if no values follow. Quote numbers and ids, never prompts or secrets.
    public static NodeException user(String code, String message, Object... values) {
        return of(ErrorKind.USER, code, message, values);
    }

    /// Memory, disk, a device or a model is missing or exhausted. As [#user] else.
    public static NodeException resource(String code, String message, Object... values) {
        return of(ErrorKind.RESOURCE, code, message, values);
    }

    private static NodeException of(ErrorKind kind, String code, String message, Object... values) {
        String text = values.length == 0 ? message : String.format(Locale.ROOT, message, values);
        return new NodeException(kind, code, text, null, null);
    }

    /// The same error with a next step.
    public NodeException next(String step) {
        return copy(step, getCause());
    }

    /// The same error with its cause.
    public NodeException causedBy(Throwable cause) {
        return copy(next, cause);
    }

    private NodeException copy(@Nullable String step, @Nullable Throwable cause) {
        NodeException copy = new NodeException(kind, code, String.valueOf(getMessage()), step, cause);
        copy.setStackTrace(getStackTrace());
        return copy;
    }

    /// Who can mend it.
    public ErrorKind kind() {
        return kind;
    }

    /// `plugin/slug`.
    public String code() {
        return code;
    }

    /// What to do now.
    public Optional<String> next() {
        return Optional.ofNullable(next);
    }
}
