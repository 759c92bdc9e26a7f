// SPDX-License-Identifier: Apache-2.0

package dev.diptych.api.model;

import java.util.List;
import java.util.OptionalInt;

/// Turns a text into the numbers that a text encoder reads, and back. Part of a model; got from the engine. Immutable; usable from any thread.
///
/// ```java
/// TokenBatch tokens = tokenizer.batch(List.of(prompt, negativePrompt), tokenizer.maxLength());
/// encoder.call(Map.of("input_ids", tokens.ids()));
/// ```
public interface Tokenizer {
    /// All tokens of a text with the special ones around them, however many.
    ///
    /// @param text any text; a lone surrogate is read as U+FFFD
    Tokens encode(String text);

    /// As [#encode], cut to at most `maxLength` tokens in all. The special tokens stay: it is the text's last tokens that are lost.
    ///
    /// @throws IllegalArgumentException if not even the special tokens fit
    Tokens encode(String text, int maxLength);

    /// Texts as rows of one length: cut, or filled up at the end with [#paddingId].
    ///
    /// @param length of each row, special tokens included
    /// @throws IllegalArgumentException if not even the special tokens fit
    TokenBatch batch(List<String> texts, int length);

    /// As [#batch(List, int)] with another padding. Some models want another one than their tokenizer's.
    TokenBatch batch(List<String> texts, int length, int paddingId);

    /// How many tokens the text itself has, without the special ones.
    int countTokens(String text);

    /// The text of tokens, as the reference gives it: byte-pair encodings put a space after each word, and the special tokens are shown.
    ///
    /// @param ids an id that is not in the vocabulary is an error
    /// @throws IllegalArgumentException naming the id
    String decode(int... ids);

    /// The text of tokens without the special ones.
    String decodeText(int... ids);

    /// A token as the vocabulary writes it.
    ///
    /// @throws IllegalArgumentException if there is no such id
    String token(int id);

    /// The id of a token as the vocabulary writes it; empty if it is not there.
    OptionalInt id(String token);

    /// One more than the largest id.
    int vocabularySize();

    /// What starts a text; empty if nothing does.
    OptionalInt startId();

    /// What ends a text; empty if nothing does.
    OptionalInt endId();

    /// What rows are filled up with.
    int paddingId();

    /// The length that the model was trained for, special tokens included; [Integer#MAX_VALUE] if its files name none.
    int maxLength();

    /// This tokenizer with more tokens, which get the next ids in their order: textual inversion. They are matched in a text as they are written, before anything else.
    ///
    /// @throws IllegalArgumentException if one of them is there already, or is empty
    Tokenizer withTokens(List<String> tokens);
}
