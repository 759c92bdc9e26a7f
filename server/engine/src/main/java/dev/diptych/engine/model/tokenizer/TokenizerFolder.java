// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.diptych.api.error.NodeException;
import dev.diptych.engine.model.checkpoint.BadFile;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// The tokenizer of a model component's folder. Which files there are says how it is made, `tokenizer_config.json` what of.
///
/// @param folder a real path
record TokenizerFolder(Path folder) {
    private static final String JSON = "tokenizer.json";
    private static final String VOCABULARY = "vocab.json";
    private static final String MERGES = "merges.txt";
    private static final String PIECES = "spiece.model";
    private static final String CONFIG = "tokenizer_config.json";
    private static final String SPECIAL = "special_tokens_map.json";
    private static final List<String> FILES = List.of(JSON, VOCABULARY, MERGES, PIECES, CONFIG, SPECIAL);

    /// Changes with the files.
    List<String> stamp() throws IOException {
        List<String> stamp = new ArrayList<>();
        for (String name : FILES) {
            Path file = folder.resolve(name);
            stamp.add(Files.exists(file) ? Files.getLastModifiedTime(file) + " " + Files.size(file) : "");
        }
        return stamp;
    }

    /// @throws NodeException if there is none, or it is broken or of a kind that is not known
    Definition read() throws IOException {
        ObjectNode config = optionalJson(CONFIG);
        requireRight("padding_side", config.path("padding_side"), CONFIG);
        requireRight("truncation_side", config.path("truncation_side"), CONFIG);
        SpecialTokens special = new SpecialTokens(config, optionalJson(SPECIAL));
        if (Files.exists(folder.resolve(JSON))) {
            return published(special);
        }
        if (Files.exists(folder.resolve(VOCABULARY)) && Files.exists(folder.resolve(MERGES))) {
            return bytePairs(special);
        }
        if (Files.exists(folder.resolve(PIECES))) {
            String className = special.className();
            if (!className.isEmpty() && !className.equals("T5Tokenizer")) {
                throw unknownClass(className, "T5Tokenizer");
            }
            return SentencePiece.t5(bytes(PIECES), place(PIECES), special);
        }
        throw NodeException.user(
                        "engine/no-tokenizer",
                        "%s: there is no tokenizer; %s, %s with %s, or %s is needed.",
                        BadFile.place(folder),
                        JSON,
                        VOCABULARY,
                        MERGES,
                        PIECES)
                .next("Download the model's tokenizer again.");
    }

    /// A `tokenizer.json` as it is, but for cutting and padding, which are done here.
    private Definition published(SpecialTokens special) throws IOException {
        String file = place(JSON);
        ObjectNode json = PublishedFiles.json(bytes(JSON), file);
        String written = json.path("padding").path("pad_token").textValue();
        int length = json.path("truncation").path("max_length").asInt(Definition.NO_MAX_LENGTH);
        requireRight("padding.direction", json.path("padding").path("direction"), JSON);
        requireRight("truncation.direction", json.path("truncation").path("direction"), JSON);
        json.putNull("truncation");
        json.putNull("padding");
        checkCharsMaps(json, file);
        special.addTo(json, List.of());
        String wordEnd = json.path("model").path("end_of_word_suffix").asText("");
        String padding = special.token("pad_token", written == null ? defaultPadding(special) : written);
        return new Definition(
                file,
                json,
                Definition.AS_IT_IS,
                wordEnd.isEmpty() ? null : wordEnd,
                !wordEnd.isEmpty(),
                null,
                padding,
                special.maxLength(length));
    }

    private static @Nullable String defaultPadding(SpecialTokens special) {
        return switch (special.className()) {
            case "CLIPTokenizer" -> BytePair.END;
            case "T5Tokenizer" -> "<pad>";
            default -> null;
        };
    }

    private static void checkCharsMaps(JsonNode json, String file) {
        for (String text : json.findValuesAsText("precompiled_charsmap")) {
            try {
                if (!text.isEmpty()) {
                    CharsMap.check(Base64.getDecoder().decode(text));
                }
            } catch (IllegalArgumentException e) {
                throw BadTokenizer.of(file, String.valueOf(e.getMessage()), e);
            }
        }
    }

    private Definition bytePairs(SpecialTokens special) throws IOException {
        String file = place(VOCABULARY);
        ObjectNode vocabulary = PublishedFiles.json(bytes(VOCABULARY), file);
        checkIds(vocabulary, file);
        byte[] merges = bytes(MERGES);
        String mergesFile = place(MERGES);
        String className = special.className();
        boolean hasWordEnds = vocabulary.propertyStream().anyMatch(entry -> entry.getKey().endsWith(BytePair.WORD_END));
        if (className.equals("CLIPTokenizer") || className.isEmpty() && hasWordEnds) {
            String start = Objects.requireNonNullElse(special.token("bos_token", null), BytePair.START);
            String end = Objects.requireNonNullElse(special.token("eos_token", null), BytePair.END);
            String unknown = Objects.requireNonNullElse(special.token("unk_token", null), BytePair.END);
            for (String token : List.of(start, end, unknown)) {
                if (!vocabulary.has(token)) {
                    throw BadTokenizer.of(file, "the special token \"" + token + "\" is not in it", null);
                }
            }
            ObjectNode json = BytePair.clip(vocabulary, merges, mergesFile, start, end, unknown);
            String padding = special.token("pad_token", BytePair.END);
            special.addTo(json, List.of(start, end, unknown));
            return new Definition(
                    file, json, Definition.AS_IT_IS, BytePair.WORD_END, true, null, padding, special.maxLength(77));
        }
        if (className.equals("GPT2Tokenizer") || className.isEmpty()) {
            ObjectNode json = BytePair.gpt2(vocabulary, merges, mergesFile);
            special.addTo(json, vocabulary.has(BytePair.END) ? List.of(BytePair.END) : List.of());
            String padding = special.token("pad_token", null);
            int length = special.maxLength(1024);
            return new Definition(file, json, Definition.AS_IT_IS, null, false, null, padding, length);
        }
        throw unknownClass(className, "CLIPTokenizer and GPT2Tokenizer");
    }

    private static void checkIds(ObjectNode vocabulary, String file) {
        for (Map.Entry<String, JsonNode> entry : vocabulary.properties()) {
            JsonNode id = entry.getValue();
            if (!id.isInt() || id.intValue() < 0 || id.intValue() > 1 << 26) {
                throw BadTokenizer.of(file, "\"" + entry.getKey() + "\" has the id " + id, null);
            }
        }
    }

    /// Texts are padded and cut behind their end.
    private void requireRight(String key, JsonNode side, String file) {
        if (!side.asText("right").equalsIgnoreCase("right")) {
            throw NodeException.user(
                    "engine/unknown-tokenizer",
                    "%s, \"%s\": %s is not implemented; allowed: right.",
                    place(file),
                    key,
                    side.asText());
        }
    }

    private NodeException unknownClass(String className, String known) {
        return NodeException.user(
                "engine/unknown-tokenizer",
                "%s: the tokenizer class %s is not implemented for these files; %s.",
                place(CONFIG),
                className,
                known);
    }

    private ObjectNode optionalJson(String name) throws IOException {
        return Files.exists(folder.resolve(name))
                ? PublishedFiles.json(bytes(name), place(name))
                : JsonNodeFactory.instance.objectNode();
    }

    private byte[] bytes(String name) throws IOException {
        try (InputStream in = Files.newInputStream(folder.resolve(name))) {
            byte[] bytes = in.readNBytes(PublishedFiles.MOST_BYTES + 1);
            if (bytes.length > PublishedFiles.MOST_BYTES) {
                throw BadTokenizer.of(place(name), "it has more than " + PublishedFiles.MOST_BYTES + " bytes", null);
            }
            return bytes;
        }
    }

    private String place(String name) {
        return BadFile.place(folder.resolve(name));
    }
}
