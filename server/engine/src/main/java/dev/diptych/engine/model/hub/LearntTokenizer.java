// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.hub;

import dev.diptych.api.model.TokenBatch;
import dev.diptych.api.model.Tokenizer;
import dev.diptych.api.model.Tokens;

import java.util.List;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A tokenizer that has learnt words. A word with several vectors is written out in texts as all of its tokens, before they are cut up.
///
/// @param inner has the tokens of all words
/// @param words with more than one vector, and others
record LearntTokenizer(Tokenizer inner, List<LearntWord> words) implements Tokenizer {
    private String written(String text) {
        String written = text;
        for (LearntWord word : words) {
            if (word.count() > 1) {
                Pattern alone = Pattern.compile(Pattern.quote(word.token()) + "(?!_\\d)");
                written = alone.matcher(written).replaceAll(Matcher.quoteReplacement(String.join(" ", word.tokens())));
            }
        }
        return written;
    }

    @Override
    public Tokens encode(String text) {
        return inner.encode(written(text));
    }

    @Override
    public Tokens encode(String text, int maxLength) {
        return inner.encode(written(text), maxLength);
    }

    @Override
    public TokenBatch batch(List<String> texts, int length) {
        return inner.batch(texts.stream().map(this::written).toList(), length);
    }

    @Override
    public TokenBatch batch(List<String> texts, int length, int paddingId) {
        return inner.batch(texts.stream().map(this::written).toList(), length, paddingId);
    }

    @Override
    public int countTokens(String text) {
        return inner.countTokens(written(text));
    }

    @Override
    public String decode(int... ids) {
        return inner.decode(ids);
    }

    @Override
    public String decodeText(int... ids) {
        return inner.decodeText(ids);
    }

    @Override
    public String token(int id) {
        return inner.token(id);
    }

    @Override
    public OptionalInt id(String token) {
        return inner.id(token);
    }

    @Override
    public int vocabularySize() {
        return inner.vocabularySize();
    }

    @Override
    public OptionalInt startId() {
        return inner.startId();
    }

    @Override
    public OptionalInt endId() {
        return inner.endId();
    }

    @Override
    public int paddingId() {
        return inner.paddingId();
    }

    @Override
    public int maxLength() {
        return inner.maxLength();
    }

    @Override
    public Tokenizer withTokens(List<String> tokens) {
        return new LearntTokenizer(inner.withTokens(tokens), words);
    }
}
