// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.tokenizer;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.huggingface.tokenizers.jni.CharSpan;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.model.TokenBatch;
import dev.diptych.api.model.Tokenizer;
import dev.diptych.api.model.Tokens;
import dev.diptych.api.value.Tensor;

import org.jspecify.annotations.Nullable;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ref.Cleaner;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/// A tokenizer that Hugging Face's native library runs. It always gives all tokens of a text alone; cutting, padding and the special tokens around are done here,
/// so that each place in the text is known. The native part is freed once this is unreachable.
final class LibraryTokenizer implements Tokenizer {
    private static final Cleaner CLEANER = Cleaner.create();
    private static final Map<String, String> OPTIONS =
            Map.of("truncation", "false", "padding", "false", "addSpecialTokens", "true");

    private final Definition definition;
    private final HuggingFaceTokenizer library;
    private final Vocabulary vocabulary;
    private final int[] before;
    private final int[] after;
    private final int paddingId;

    private LibraryTokenizer(Definition definition, HuggingFaceTokenizer library) {
        this.definition = definition;
        this.library = library;
        CLEANER.register(this, library::close);
        vocabulary = Vocabulary.of(definition.json());
        // The special tokens around a text are those around this one.
        Encoding probe = library.encode("a", true, false);
        long[] mask = probe.getSpecialTokenMask();
        int first = 0;
        while (first < mask.length && mask[first] == 1) {
            first++;
        }
        int last = mask.length;
        while (last > first && mask[last - 1] == 1) {
            last--;
        }
        before = ids(Arrays.copyOf(probe.getIds(), first));
        after = ids(Arrays.copyOfRange(probe.getIds(), last, mask.length));
        paddingId = padding(definition, vocabulary);
    }

    /// Loads the native library, the first time.
    ///
    /// @throws NodeException if the definition makes no tokenizer, or there is no native library for this machine
    static LibraryTokenizer of(Definition definition) {
        OfflineLibrary.require();
        byte[] json = definition.json().toString().getBytes(StandardCharsets.UTF_8);
        HuggingFaceTokenizer library;
        try {
            library = HuggingFaceTokenizer.newInstance(new ByteArrayInputStream(json), OPTIONS);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (RuntimeException e) {
            throw BadTokenizer.of(definition.source(), "it makes no tokenizer: " + e.getMessage(), e);
        }
        return new LibraryTokenizer(definition, library);
    }

    private static int padding(Definition definition, Vocabulary vocabulary) {
        String token = definition.padding();
        if (token == null) {
            return 0;
        }
        return vocabulary
                .id(token)
                .orElseThrow(() ->
                        BadTokenizer.of(definition.source(), "its padding token \"" + token + "\" is not in it", null));
    }

    @Override
    public Tokens encode(String text) {
        return cut(textTokens(text), Integer.MAX_VALUE);
    }

    @Override
    public Tokens encode(String text, int maxLength) {
        if (maxLength < before.length + after.length) {
            throw new IllegalArgumentException(
                    "A length of "
                            + maxLength
                            + " has no room for the "
                            + (before.length + after.length)
                            + " special tokens.");
        }
        return cut(textTokens(text), maxLength);
    }

    @Override
    public TokenBatch batch(List<String> texts, int length) {
        return batch(texts, length, paddingId);
    }

    @Override
    public TokenBatch batch(List<String> texts, int length, int padding) {
        long[] ids = new long[Math.multiplyExact(texts.size(), length)];
        Arrays.fill(ids, padding);
        long[] lengths = new long[texts.size()];
        List<Tokens> rows = new ArrayList<>();
        for (String text : texts) {
            Tokens tokens = encode(text, length);
            int row = rows.size();
            lengths[row] = tokens.ids().size();
            int place = row * length;
            for (int id : tokens.ids()) {
                ids[place++] = id;
            }
            rows.add(tokens);
        }
        return new TokenBatch(Tensor.ofLongs(ids, texts.size(), length), Tensor.ofLongs(lengths, texts.size()), rows);
    }

    @Override
    public int countTokens(String text) {
        return textTokens(text).ids().size();
    }

    /// Without the special tokens around.
    private Tokens textTokens(String given) {
        String text = definition.prepare().apply(TextRepair.withoutLoneSurrogates(given));
        List<Integer> ids = new ArrayList<>();
        List<Tokens.Span> spans = new ArrayList<>();
        WrittenSpecials written = definition.writtenSpecials();
        if (written == null) {
            add(text, 0, ids, spans);
        } else {
            for (WrittenSpecials.Part part : written.split(text)) {
                String stretch = text.substring(part.start(), part.end());
                if (part.isSpecial()) {
                    ids.add(vocabulary.id(stretch).orElseThrow());
                    spans.add(new Tokens.Span(part.start(), part.end()));
                } else {
                    add(stretch, part.start(), ids, spans);
                }
            }
        }
        return new Tokens(text, ids, spans, 0);
    }

    private void add(String text, int start, List<Integer> ids, List<Tokens.Span> spans) {
        if (text.isEmpty()) {
            return;
        }
        Encoding encoding = library.encode(text, false, false);
        CodePoints places = CodePoints.of(text);
        for (long id : encoding.getIds()) {
            ids.add((int) id);
        }
        for (@Nullable CharSpan span : encoding.getCharTokenSpans()) {
            spans.add(
                    span == null
                            ? Tokens.Span.NONE
                            : new Tokens.Span(
                                    start + places.unit(span.getStart()), start + places.unit(span.getEnd())));
        }
    }

    private Tokens cut(Tokens text, int maxLength) {
        int kept = Math.min(text.ids().size(), maxLength - before.length - after.length);
        List<Integer> ids = new ArrayList<>(before.length + kept + after.length);
        List<Tokens.Span> spans = new ArrayList<>(before.length + kept + after.length);
        addSpecial(before, ids, spans);
        ids.addAll(text.ids().subList(0, kept));
        spans.addAll(text.spans().subList(0, kept));
        addSpecial(after, ids, spans);
        return new Tokens(text.text(), ids, spans, text.ids().size() - kept);
    }

    private static void addSpecial(int[] special, List<Integer> ids, List<Tokens.Span> spans) {
        for (int id : special) {
            ids.add(id);
            spans.add(Tokens.Span.NONE);
        }
    }

    @Override
    public String decode(int... ids) {
        return decode(ids, false);
    }

    @Override
    public String decodeText(int... ids) {
        return decode(ids, true);
    }

    private String decode(int[] ids, boolean skipsSpecial) {
        long[] known = new long[ids.length];
        for (int i = 0; i < ids.length; i++) {
            token(ids[i]); // an error for one that is not there; the library would leave it out in silence
            known[i] = ids[i];
        }
        String text = library.decode(known, skipsSpecial);
        String wordEnd = definition.wordEnd();
        String spaced = wordEnd == null ? text : text.replace(wordEnd, " ");
        return definition.strips() ? PythonText.strip(spaced) : spaced;
    }

    @Override
    public String token(int id) {
        return vocabulary.token(id);
    }

    @Override
    public OptionalInt id(String token) {
        return vocabulary.id(token);
    }

    @Override
    public int vocabularySize() {
        return vocabulary.size();
    }

    @Override
    public OptionalInt startId() {
        return before.length == 0 ? OptionalInt.empty() : OptionalInt.of(before[0]);
    }

    @Override
    public OptionalInt endId() {
        return after.length == 0 ? OptionalInt.empty() : OptionalInt.of(after[after.length - 1]);
    }

    @Override
    public int paddingId() {
        return paddingId;
    }

    @Override
    public int maxLength() {
        return definition.maxLength();
    }

    @Override
    public Tokenizer withTokens(List<String> tokens) {
        return of(definition.withJson(vocabulary.extended(definition.json(), tokens, definition.prepare())));
    }

    private static int[] ids(long[] ids) {
        return Arrays.stream(ids).mapToInt(Math::toIntExact).toArray();
    }
}
