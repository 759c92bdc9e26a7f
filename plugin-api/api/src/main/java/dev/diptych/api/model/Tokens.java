// SPDX-License-Identifier: Apache-2.0

package dev.diptych.api.model;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/// The tokens of one text.
///
/// @param text  what was cut up: the given text, or what a tokenizer that repairs texts has made of it. Spans count in it
/// @param ids   with the special ones
/// @param spans of each token in `text`, in UTF-16 units; empty for special ones. One character may have several tokens
/// @param lost  how many tokens of the text were cut off, 0 for none
public record Tokens(String text, List<Integer> ids, List<Span> spans, int lost) {
    public Tokens {
        ids = List.copyOf(ids);
        spans = List.copyOf(spans);
        if (ids.size() != spans.size()) {
            throw new IllegalArgumentException(ids.size() + " ids have " + spans.size() + " spans");
        }
    }

    /// A part of a text.
    ///
    /// @param start first UTF-16 unit
    /// @param end   after the last one
    public record Span(int start, int end) {
        /// Of a token that is not in the text.
        public static final Span NONE = new Span(0, 0);

        /// Whether it is no part of the text.
        public boolean isEmpty() {
            return start == end;
        }
    }

    /// The ids as an array.
    public int[] toArray() {
        return ids.stream().mapToInt(Integer::intValue).toArray();
    }

    /// Where the text was cut: the position of the first character that no token stands for any more; empty if nothing was cut off.
    public OptionalInt cutAt() {
        return lost == 0 ? OptionalInt.empty() : OptionalInt.of(spans.stream().mapToInt(Span::end).max().orElse(0));
    }

    /// A sentence about what was cut off, for whoever wrote the text; empty if nothing was.
    public Optional<String> notice() {
        return lost == 0
                ? Optional.empty()
                : Optional.of(
                        "The text is cut at character %d of %d: its last %s no room in %d."
                                .formatted(
                                        cutAt().orElse(0),
                                        text.length(),
                                        lost == 1 ? "token has" : lost + " tokens have",
                                        ids.size()));
    }
}
