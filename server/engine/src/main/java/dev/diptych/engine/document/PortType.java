// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.document;

import java.util.List;
import java.util.Locale;

/// The type of what travels along a link. Written in a document as `"image"`, `"plugin/name"` or `{"list": type}`.
public sealed interface PortType {
    /// The types that every installation knows.
    enum Basic implements PortType {
        IMAGE,
        MASK,
        TEXT,
        NUMBER,
        INTEGER,
        BOOLEAN,
        SEED,
        EMBEDDING,
        LATENT,
        TENSOR,
        MODEL,
        VIDEO
    }

    /// One of a closed set of words. In a document `"choice"`, whose options stand beside it.
    record Choice(List<String> options) implements PortType {
        public Choice {
            options = List.copyOf(options);
        }
    }

    /// A record that a plugin declares.
    ///
    /// @param id `plugin/name`
    record Declared(String id, List<Field> fields) implements PortType {
        public Declared {
            fields = List.copyOf(fields);
        }

        public record Field(String name, PortType type) {}
    }

    record ListOf(PortType element) implements PortType {}

    /// As a reader of messages sees it, in the words of documents: `image`, `list of image`, `choice`, `plugin/name`.
    default String label() {
        return switch (this) {
            case Basic basic -> basic.name().toLowerCase(Locale.ROOT);
            case Choice _ -> "choice";
            case Declared declared -> declared.id();
            case ListOf list -> "list of " + list.element().label();
        };
    }
}
