// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.model.TokenBatch;
import dev.diptych.api.model.Tokenizer;
import dev.diptych.api.model.Tokens;
import dev.diptych.engine.model.conformance.PublishedVocabularies;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// What tokenizers do beyond the ids, which the conformance cases hold.
final class TokenizerFilesTest {
    private static final TokenizerFiles FILES = new TokenizerFiles();

    @TempDir private Path folder;

    private static Tokenizer hostile(String name) throws URISyntaxException {
        return FILES.read(path(name));
    }

    private static Path path(String name) throws URISyntaxException {
        String resource = "../conformance/cases/hostile/" + name + "/model/tokenizer_config.json";
        Path file = Path.of(Objects.requireNonNull(TokenizerFilesTest.class.getResource(resource)).toURI());
        return Objects.requireNonNull(file.getParent());
    }

    private static Tokenizer openAiClip() {
        return FILES.openAiClip(PublishedVocabularies.find("bpe_simple_vocab_16e6.txt.gz").orElseThrow());
    }

    @Test
    void knows_the_special_tokens_and_lengths_of_its_files() throws Exception {
        Tokenizer clip = openAiClip();
        assertThat(clip.startId()).hasValue(49406);
        assertThat(clip.endId()).hasValue(49407);
        assertThat(clip.paddingId()).isZero();
        assertThat(clip.maxLength()).isEqualTo(77);
        assertThat(clip.vocabularySize()).isEqualTo(49408);
        assertThat(clip.token(320)).isEqualTo("a</w>");
        assertThat(clip.id("a</w>")).hasValue(320);
        assertThat(clip.id("no such token")).isEmpty();

        Tokenizer portraits = hostile("clip-files");
        assertThat(portraits.paddingId()).isEqualTo(portraits.id("!").orElseThrow()).isZero();
        assertThat(portraits.maxLength()).isEqualTo(40);
        Tokenizer endPadded = hostile("clip-end-padded");
        assertThat(endPadded.paddingId()).isEqualTo(endPadded.endId().orElseThrow());

        Tokenizer t5 = hostile("t5");
        assertThat(t5.startId()).isEmpty();
        assertThat(t5.endId()).hasValue(1);
        assertThat(t5.paddingId()).isZero();
        assertThat(t5.vocabularySize()).isEqualTo(700);
        assertThat(t5.token(699)).isEqualTo("<extra_id_0>");
    }

    @Test
    void cuts_the_text_and_says_where() {
        Tokens tokens = openAiClip().encode("🐎 a red lion with a hat", 5);

        assertThat(tokens.ids()).hasSize(5).startsWith(49406).endsWith(49407);
        assertThat(tokens.lost()).isEqualTo(4);
        assertThat(tokens.cutAt()).hasValue("🐎 a red".length());
        assertThat(tokens.notice())
                .hasValue("The text is cut at character 8 of 24: its last 4 tokens have no room in 5.");
        assertThat(openAiClip().encode("a red lion", 5).notice()).isEmpty();
        assertThatThrownBy(() -> openAiClip().encode("a", 1)).hasMessageContaining("no room for the 2 special tokens");
    }

    @Test
    void says_where_in_the_text_each_token_is() throws Exception {
        String text = "Ａ 🐎 cat's <|endoftext|>tail";
        Tokens tokens = openAiClip().encode(text);

        assertThat(tokens.text()).isEqualTo("a 🐎 cat's <|endoftext|>tail");
        assertThat(tokens.spans().stream().map(span -> tokens.text().substring(span.start(), span.end())))
                .containsExactly("", "a", "🐎", "cat", "'s", "<|endoftext|>", "tail", "");
        Tokens upper = hostile("clip-files").encode("a  HAT");
        assertThat(upper.text()).isEqualTo("a  HAT");
        assertThat(upper.spans().get(upper.spans().size() - 2).end()).isEqualTo(6);
    }

    @Test
    void makes_rows_of_one_length() {
        TokenBatch batch = openAiClip().batch(List.of("a red lion", ""), 6, 49407);

        assertThat(batch.ids().longs())
                .containsExactly(49406, 320, 736, 5567, 49407, 49407, 49406, 49407, 49407, 49407, 49407, 49407);
        assertThat(batch.ids().shape()).containsExactly(2, 6);
        assertThat(batch.lengths().longs()).containsExactly(5, 2);
        assertThat(batch.mask().longs()).containsExactly(1, 1, 1, 1, 1, 0, 1, 1, 0, 0, 0, 0);
        assertThat(batch.notices()).isEmpty();
    }

    @Test
    void counts_the_tokens_of_the_text_alone() {
        assertThat(openAiClip().countTokens("a red lion")).isEqualTo(3);
        assertThat(openAiClip().countTokens("")).isZero();
    }

    @Test
    void refuses_to_decode_an_id_that_is_not_there() {
        assertThatThrownBy(() -> openAiClip().decode(320, 49408)).hasMessageContaining("no token 49408");
        assertThat(openAiClip().decode(320, 736)).isEqualTo("a red ");
    }

    @Test
    void gets_more_tokens_under_the_next_ids() throws Exception {
        Tokenizer clip = hostile("clip-files");
        Tokenizer more = clip.withTokens(List.of("<my-Cat>", "<my-hat>"));
        int next = clip.vocabularySize();

        assertThat(more.vocabularySize()).isEqualTo(next + 2);
        assertThat(more.id("<my-hat>")).hasValue(next + 1);
        assertThat(more.encode("a <my-cat> with<my-hat>on").ids()).contains(next, next + 1);
        assertThat(clip.encode("a <my-cat>").ids()).doesNotContain(next);
        assertThatThrownBy(() -> more.withTokens(List.of("<my-hat>"))).hasMessageContaining("there already");
    }

    @Test
    void takes_a_text_of_a_hundred_thousand_characters() throws Exception {
        String words = "a réd 🐎 &amp; ".repeat(10_000);
        assertThat(openAiClip().countTokens(words)).isEqualTo(10_000 * 4 + 10_000);
        for (String name : List.of("clip-files", "clip-json", "t5")) {
            assertThat(hostile(name).encode(words, 77).ids()).hasSize(77);
            assertThat(hostile(name).countTokens("x".repeat(100_000))).isPositive();
        }
    }

    @Test
    void takes_half_a_character_for_the_replacement_character() throws Exception {
        assertThat(openAiClip().encode("a \ud83d b").ids()).isEqualTo(openAiClip().encode("a \ufffd b").ids());
        assertThat(hostile("t5").encode("\udc0e\ud83d").text()).isEqualTo("\ufffd\ufffd");
    }

    @Test
    void gives_the_same_from_many_threads() throws Exception {
        Tokenizer clip = openAiClip();
        List<Integer> expected = clip.encode("a red lion with a hat").ids();
        Callable<Boolean> encodes =
                () -> {
                    for (int i = 0; i < 200; i++) {
                        if (!clip.encode("a red lion with a hat").ids().equals(expected)) {
                            return false;
                        }
                    }
                    return true;
                };
        try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
            for (Future<Boolean> result : threads.invokeAll(List.of(encodes, encodes, encodes, encodes))) {
                assertThat(result.get()).isTrue();
            }
        }
    }

    @Test
    void reads_a_folder_once_and_anew_when_its_files_change() throws Exception {
        assertThat(hostile("t5")).isSameAs(hostile("t5"));

        copy("clip-end-padded", "vocab.json", "merges.txt");
        Tokenizer before = FILES.read(folder);
        assertThat(before.maxLength()).isEqualTo(77);
        Files.writeString(folder.resolve("tokenizer_config.json"), "{\"model_max_length\": 20}");
        assertThat(FILES.read(folder).maxLength()).isEqualTo(20);
    }

    private void copy(String model, String... files) throws Exception {
        for (String file : files) {
            Files.copy(path(model).resolve(file), folder.resolve(file));
        }
    }

    @Test
    void refuses_a_folder_without_a_tokenizer_and_says_what_is_looked_for() {
        assertThatThrownBy(() -> FILES.read(folder))
                .isInstanceOf(NodeException.class)
                .hasMessageContaining("tokenizer.json")
                .hasMessageContaining("spiece.model");
    }

    @Test
    void refuses_a_tokenizer_class_that_is_not_implemented() throws Exception {
        copy("clip-end-padded", "vocab.json", "merges.txt");
        Files.writeString(folder.resolve("tokenizer_config.json"), "{\"tokenizer_class\": \"BartTokenizerFast\"}");
        assertThatThrownBy(() -> FILES.read(folder)).hasMessageContaining("BartTokenizer");
    }

    @Test
    void refuses_to_pad_or_to_cut_before_a_text() throws Exception {
        copy("clip-end-padded", "vocab.json", "merges.txt");
        for (String key : List.of("padding_side", "truncation_side")) {
            Files.writeString(folder.resolve("tokenizer_config.json"), "{\"%s\": \"left\"}".formatted(key));
            assertThatThrownBy(() -> FILES.read(folder)).hasMessageContaining(key).hasMessageContaining("left");
        }
        Files.writeString(folder.resolve("tokenizer_config.json"), "{\"padding_side\": \"right\"}");
        assertThat(FILES.read(folder).maxLength()).isEqualTo(77);
    }

    @Test
    void refuses_broken_files_by_name() throws IOException {
        write("tokenizer.json", "{\"model\": {\"type\": \"Dream\"}}");
        assertRefused("tokenizer.json");
        Files.delete(folder.resolve("tokenizer.json"));

        write("merges.txt", "a b c\n");
        write("vocab.json", "{\"a\": 0, \"a</w>\": 1, \"<|startoftext|>\": 2, \"<|endoftext|>\": 3}");
        assertRefused("merges.txt");
        write("merges.txt", "a b\n");
        assertRefused("vocab.json"); // "ab" is not in it
        write("vocab.json", "{\"a\": -1}");
        assertRefused("vocab.json");
        write("vocab.json", "{\"a</w>\": 0}");
        assertRefused("vocab.json");
    }

    private void write(String name, String text) throws IOException {
        Files.write(folder.resolve(name), text.getBytes(StandardCharsets.UTF_8));
    }

    private void assertRefused(String file) {
        assertThatThrownBy(() -> FILES.read(folder)).isInstanceOf(NodeException.class).hasMessageContaining(file);
    }

    @Test
    void refuses_a_vocabulary_that_is_none() {
        assertThatThrownBy(() -> FILES.openAiClip("x".getBytes(StandardCharsets.UTF_8)))
                .isInstanceOf(NodeException.class)
                .hasMessageContaining("bpe_simple_vocab_16e6.txt");
        assertThatThrownBy(() -> FILES.glide(new byte[] {0x1f, (byte) 0x8b, 0}, new byte[0]))
                .isInstanceOf(NodeException.class)
                .hasMessageContaining("encoder.json");
    }
}
