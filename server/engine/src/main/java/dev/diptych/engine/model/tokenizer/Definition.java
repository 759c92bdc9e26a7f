// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.tokenizer;

import com.fasterxml.jackson.databind.node.ObjectNode;

import org.jspecify.annotations.Nullable;

import java.util.function.UnaryOperator;

/// What a tokenizer is made of, before the library has seen it.
///
/// @param source      the file it comes from, for messages
/// @param json        a `tokenizer.json`
/// @param prepare     what is done to a text before the library gets it
/// @param wordEnd     what the vocabulary writes at the end of a word, which becomes a space when decoding; null if words begin with something instead
/// @param strips      whether a decoded text loses the white space around it
/// @param writtenSpecials finds the special tokens that a text writes out, where the library must not look for them; null where it may
/// @param padding     the token that fills rows up; null for the id 0
/// @param maxLength   the length that the model was trained for
record Definition(
        String source,
        ObjectNode json,
        UnaryOperator<String> prepare,
        @Nullable String wordEnd,
        boolean strips,
        @Nullable WrittenSpecials writtenSpecials,
        @Nullable String padding,
        int maxLength) {
    static final int NO_MAX_LENGTH = Integer.MAX_VALUE;

    /// For tokenizers that take any text as it is.
    static final UnaryOperator<String> AS_IT_IS = UnaryOperator.identity();

    Definition withJson(ObjectNode other) {
        return new Definition(source, other, prepare, wordEnd, strips, writtenSpecials, padding, maxLength);
    }
}
