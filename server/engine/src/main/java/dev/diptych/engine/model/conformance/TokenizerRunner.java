// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.conformance;

import dev.diptych.api.model.CaseContext;
import dev.diptych.api.model.CaseFailure;
import dev.diptych.api.model.CaseRunner;
import dev.diptych.api.model.ConformanceCase;
import dev.diptych.api.model.TokenBatch;
import dev.diptych.api.model.Tokenizer;
import dev.diptych.api.model.Tokenizers;
import dev.diptych.api.model.Tokens;
import dev.diptych.api.value.Tensor;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/// Cases of the kind `tokenizer`: ids, cleaned and decoded texts one by one, and all texts as one padded batch.
final class TokenizerRunner implements CaseRunner {
    private static final int SHOWN = 60;
    private static final int SHOWN_IDS = 8;
    private static final int QUOTED_BEFORE = 10;

    @Override
    public boolean runs(ConformanceCase test) {
        return test.kind().equals("tokenizer");
    }

    @Override
    public Map<String, Tensor> run(ConformanceCase test, CaseContext context) {
        Map<String, @Nullable Object> json = test.json();
        Tokenizer tokenizer = tokenizer(test, context);
        check("start_token", json.get("start_token"), tokenizer.startId());
        check("end_token", json.get("end_token"), tokenizer.endId(), OptionalInt.of(tokenizer.paddingId()));
        check("n_vocab", json.get("n_vocab"), OptionalInt.of(tokenizer.vocabularySize()));
        boolean hasSpecialIds = test.json().get("vocabulary") == null;
        List<String> texts = new ArrayList<>();
        for (Object each : json.get("cases") instanceof List<?> list ? list : List.of()) {
            if (!(each instanceof Map<?, ?> one) || !(one.get("text") instanceof String text)) {
                throw new CaseFailure("\"cases\" holds an element without a text.");
            }
            check(tokenizer, text, one, hasSpecialIds);
            texts.add(text);
        }
        return batch(test, tokenizer, texts);
    }

    private static Tokenizer tokenizer(ConformanceCase test, CaseContext context) {
        Tokenizers tokenizers = context.tokenizers();
        String architecture = test.architecture();
        if (test.json().get("vocabulary") instanceof List<?> names) {
            List<byte[]> files = names.stream().map(String::valueOf).map(context::vocabulary).toList();
            if (architecture.endsWith("simple_tokenizer.SimpleTokenizer") && files.size() == 1) {
                return tokenizers.openAiClip(files.getFirst());
            }
            if (architecture.endsWith("bpe.Encoder") && files.size() == 2) {
                return tokenizers.glide(files.get(0), files.get(1));
            }
            throw new UnsupportedOperationException(
                    architecture
                            + " with "
                            + files.size()
                            + " vocabulary files is not known; SimpleTokenizer and"
                            + " bpe.Encoder are.");
        }
        Object folder = test.json().get("checkpoint");
        return tokenizers.read(folder instanceof String name ? test.folder().resolve(name) : test.folder());
    }

    private static void check(String key, @Nullable Object expected, OptionalInt... allowed) {
        for (OptionalInt actual : allowed) {
            if (expected == null || actual.isPresent() && expected.equals((long) actual.getAsInt())) {
                return;
            }
        }
        throw new CaseFailure("\"" + key + "\" is " + allowed[0] + ", the reference has " + expected + ".");
    }

    private static void check(Tokenizer tokenizer, String text, Map<?, ?> expected, boolean hasSpecialIds) {
        Tokens tokens = tokenizer.encode(text);
        List<Integer> ids = hasSpecialIds ? tokens.ids() : inner(tokens, tokenizer);
        if (expected.get("cleaned") instanceof String cleaned && !cleaned.equals(tokens.text())) {
            throw differs(text, "is cleaned to", tokens.text(), cleaned);
        }
        List<Long> own = ids.stream().map(Integer::longValue).toList();
        if (expected.get("ids") instanceof List<?> list && !own.equals(list)) {
            throw differs(text, "has ids", own, list);
        }
        if (expected.get("decoded") instanceof String decoded) {
            String back = tokenizer.decode(ids.stream().mapToInt(Integer::intValue).toArray());
            if (!decoded.equals(back)) {
                throw differs(text, "is decoded to", back, decoded);
            }
        }
    }

    private static CaseFailure differs(String text, String what, List<?> actual, List<?> expected) {
        int place = 0;
        while (place < Math.min(actual.size(), expected.size()) && actual.get(place).equals(expected.get(place))) {
            place++;
        }
        return new CaseFailure(
                "The text %s %s that differ from place %d on: %s, the reference has %s."
                        .formatted(shown(text), what, place, from(place, actual), from(place, expected)));
    }

    private static CaseFailure differs(String text, String what, String actual, String expected) {
        int mismatch = 0;
        while (mismatch < Math.min(actual.length(), expected.length())
                && actual.charAt(mismatch) == expected.charAt(mismatch)) {
            mismatch++;
        }
        int place = Math.max(0, mismatch - QUOTED_BEFORE);
        return new CaseFailure(
                "The text %s %s one that differs from character %d on: %s, the reference has %s."
                        .formatted(
                                shown(text),
                                what,
                                mismatch,
                                shown(actual.substring(place)),
                                shown(expected.substring(place))));
    }

    private static String from(int place, List<?> list) {
        List<?> rest = list.subList(place, Math.min(list.size(), place + SHOWN_IDS));
        return rest.isEmpty() ? "nothing" : rest.toString();
    }

    private static String shown(String text) {
        return text.length() <= SHOWN ? '"' + text + '"' : '"' + text.substring(0, SHOWN) + "…\"";
    }

    /// Without what starts and ends it. Special tokens that the text writes out stay.
    private static List<Integer> inner(Tokens tokens, Tokenizer tokenizer) {
        List<Integer> ids = tokens.ids();
        return ids.subList(
                tokenizer.startId().isPresent() ? 1 : 0, ids.size() - (tokenizer.endId().isPresent() ? 1 : 0));
    }

    private static Map<String, Tensor> batch(ConformanceCase test, Tokenizer tokenizer, List<String> texts) {
        int length = length(test, tokenizer);
        if (length == 0 || texts.isEmpty()) {
            return Map.of();
        }
        TokenBatch batch = tokenizer.batch(texts, length);
        boolean isCut = batch.texts().stream().anyMatch(row -> row.lost() > 0);
        if (isCut && Boolean.FALSE.equals(arguments(test).get("truncate"))) {
            throw new UnsupportedOperationException("A text is too long, and the case does not allow to cut it.");
        }
        Map<String, Tensor> outputs = new HashMap<>();
        outputs.put("tokens", batch.ids());
        outputs.put("input_ids", batch.ids());
        outputs.put("lengths", batch.lengths());
        outputs.put("mask", batch.mask());
        outputs.put("attention_mask", batch.mask());
        return outputs;
    }

    private static int length(ConformanceCase test, Tokenizer tokenizer) {
        Map<?, ?> arguments = arguments(test);
        for (String key : List.of("context_length", "text_ctx", "max_length")) {
            if (arguments.get(key) instanceof Long length && length > 0 && length <= 1 << 20) {
                return length.intValue();
            }
        }
        return tokenizer.maxLength() == Integer.MAX_VALUE ? 0 : tokenizer.maxLength();
    }

    private static Map<?, ?> arguments(ConformanceCase test) {
        return test.json().get("arguments") instanceof Map<?, ?> map ? map : Map.of();
    }
}
