// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.tokenizer;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/// Byte-pair encodings over bytes, as CLIP and GPT-2 have them: Radford et al., "Language Models are Unsupervised Multitask Learners" (2019), section 2.2.
final class BytePair {
    static final String START = "<|startoftext|>";
    static final String END = "<|endoftext|>";
    static final String WORD_END = "</w>";

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final int OPENAI_MERGES = 49152 - 256 - 2;

    /// A word of CLIP. OpenAI's pattern ignores case, also that of the long s, which lower case leaves.
    private static final String CLIP_WORD =
            "<\\|startoftext\\|>|<\\|endoftext\\|>|'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+";

    private static final String OPENAI_WORD =
            CLIP_WORD.replace("<\\|start", "<\\|[s\u017f]tart").replace("|'s|", "|'[s\u017f]|");

    private BytePair() {}

    /// OpenAI's `SimpleTokenizer`, from `bpe_simple_vocab_16e6.txt`.
    static Definition openAiClip(byte[] merges, String file) {
        String[] lines = PublishedFiles.text(merges, file).split("\n", -1);
        if (lines.length < OPENAI_MERGES + 1) {
            throw BadTokenizer.of(
                    file, "it has " + lines.length + " lines, at least " + (OPENAI_MERGES + 1) + " are needed", null);
        }
        List<String[]> pairs = pairs(List.of(lines).subList(1, OPENAI_MERGES + 1), file);
        ObjectNode vocabulary = NODES.objectNode();
        List<String> letters = byteLetters();
        letters.forEach(letter -> vocabulary.put(letter, vocabulary.size()));
        letters.forEach(letter -> vocabulary.put(letter + WORD_END, vocabulary.size()));
        pairs.forEach(pair -> vocabulary.put(pair[0] + pair[1], vocabulary.size()));
        vocabulary.put(START, vocabulary.size());
        vocabulary.put(END, vocabulary.size());

        ObjectNode json = NODES.objectNode();
        json.put("version", "1.0");
        json.set("pre_tokenizer", clipWords(OPENAI_WORD, false));
        json.set("post_processor", around(START, END, vocabulary));
        json.set("decoder", byteLevel(false));
        json.set("model", model(vocabulary, pairs, WORD_END, null));
        Pattern words = Pattern.compile(OPENAI_WORD, Pattern.UNICODE_CHARACTER_CLASS);
        WrittenSpecials specials = new WrittenSpecials(words, Set.of(START, END));
        return new Definition(file, json, TextRepair::cleaned, WORD_END, false, specials, null, 77);
    }

    /// GLIDE's `bpe.Encoder`: GPT-2's over lower case.
    static Definition glide(byte[] encoder, byte[] merges) {
        String file = "encoder.json";
        ObjectNode vocabulary = PublishedFiles.json(encoder, file);
        ObjectNode json = gpt2(vocabulary, merges, "vocab.bpe");
        int last = vocabulary.size() - 1;
        String padding =
                vocabulary.properties().stream()
                        .filter(entry -> entry.getValue().asInt(-1) == last)
                        .findFirst()
                        .orElseThrow(() -> BadTokenizer.of(file, "no token has the last id, " + last, null))
                        .getKey();
        return new Definition(file, json, PythonText::lower, null, false, null, padding, 128);
    }

    /// GPT-2's, with neither special tokens nor anything around a text.
    static ObjectNode gpt2(ObjectNode vocabulary, byte[] merges, String mergesFile) {
        ObjectNode json = NODES.objectNode();
        json.put("version", "1.0");
        json.set("pre_tokenizer", byteLevel(true));
        json.set("decoder", byteLevel(true));
        json.set("model", model(vocabulary, merges(merges, mergesFile), null, null));
        return json;
    }

    /// `transformers`' `CLIPTokenizer`, without its special tokens as such.
    static ObjectNode clip(
            ObjectNode vocabulary, byte[] merges, String mergesFile, String start, String end, String unknown) {
        ObjectNode json = NODES.objectNode();
        json.put("version", "1.0");
        ObjectNode normalizer = json.putObject("normalizer").put("type", "Sequence");
        ArrayNode steps = normalizer.putArray("normalizers");
        steps.addObject().put("type", "NFC");
        ObjectNode space = steps.addObject().put("type", "Replace");
        space.putObject("pattern").put("Regex", "\\s+");
        space.put("content", " ");
        steps.addObject().put("type", "Lowercase");
        json.set("pre_tokenizer", clipWords(CLIP_WORD, true));
        json.set("post_processor", around(start, end, vocabulary));
        json.set("decoder", byteLevel(true));
        json.set("model", model(vocabulary, merges(merges, mergesFile), WORD_END, unknown));
        return json;
    }

    private static ObjectNode clipWords(String pattern, boolean usesRegex) {
        ObjectNode sequence = NODES.objectNode().put("type", "Sequence");
        ArrayNode steps = sequence.putArray("pretokenizers");
        ObjectNode split = steps.addObject().put("type", "Split");
        split.putObject("pattern").put("Regex", pattern);
        split.put("behavior", "Removed").put("invert", true);
        steps.add(byteLevel(usesRegex));
        return sequence;
    }

    private static ObjectNode byteLevel(boolean usesRegex) {
        return NODES.objectNode()
                .put("type", "ByteLevel")
                .put("add_prefix_space", false)
                .put("trim_offsets", false)
                .put("use_regex", usesRegex);
    }

    private static ObjectNode around(String start, String end, ObjectNode vocabulary) {
        ObjectNode processor = NODES.objectNode().put("type", "RobertaProcessing");
        processor.putArray("sep").add(end).add(vocabulary.path(end).asInt());
        processor.putArray("cls").add(start).add(vocabulary.path(start).asInt());
        return processor.put("trim_offsets", false).put("add_prefix_space", false);
    }

    private static ObjectNode model(
            ObjectNode vocabulary, List<String[]> merges, @Nullable String wordEnd, @Nullable String unknown) {
        ObjectNode model = NODES.objectNode().put("type", "BPE");
        model.putNull("dropout");
        model.put("unk_token", unknown);
        model.put("continuing_subword_prefix", "");
        model.put("end_of_word_suffix", wordEnd == null ? "" : wordEnd);
        model.put("fuse_unk", false).put("byte_fallback", false).put("ignore_merges", false);
        model.set("vocab", vocabulary);
        ArrayNode pairs = model.putArray("merges");
        merges.forEach(pair -> pairs.addArray().add(pair[0]).add(pair[1]));
        return model;
    }

    /// The lines of `merges.txt` or `vocab.bpe`, after the one that names the version.
    private static List<String[]> merges(byte[] bytes, String file) {
        List<String> lines = new ArrayList<>();
        for (String line : PublishedFiles.text(bytes, file).split("\r?\n", -1)) {
            if (!line.isEmpty() && !line.startsWith("#version")) {
                lines.add(line);
            }
        }
        return pairs(lines, file);
    }

    private static List<String[]> pairs(List<String> lines, String file) {
        List<String[]> pairs = new ArrayList<>(lines.size());
        for (String line : lines) {
            String[] pair = line.strip().split(" ", -1);
            if (pair.length != 2 || pair[0].isEmpty() || pair[1].isEmpty()) {
                throw BadTokenizer.of(
                        file, "merge " + (pairs.size() + 1) + " is \"" + line + "\", two parts are needed", null);
            }
            pairs.add(pair);
        }
        return pairs;
    }

    /// The letters that stand for the 256 bytes: those that can be seen for themselves and first, the others from U+0100.
    private static List<String> byteLetters() {
        List<String> letters = new ArrayList<>();
        for (int b = 0; b < 256; b++) {
            if (isSeen(b)) {
                letters.add(Character.toString(b));
            }
        }
        int others = 256 - letters.size();
        for (int i = 0; i < others; i++) {
            letters.add(Character.toString(256 + i));
        }
        return letters;
    }

    private static boolean isSeen(int b) {
        return b >= '!' && b <= '~' || b >= 0xa1 && b <= 0xac || b >= 0xae;
    }
}
