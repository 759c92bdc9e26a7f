// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What `tokenizer_config.json` and `special_tokens_map.json` say about a tokenizer. A special token is written there as text, or with its flags; the former file counts more.
final class SpecialTokens {
    private static final List<String> ROLES =
            List.of("bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token");
    private static final List<String> FLAGS = List.of("single_word", "lstrip", "rstrip");

    private final ObjectNode config;
    private final ObjectNode map;

    /// @param config `tokenizer_config.json`, empty if there is none
    /// @param map    `special_tokens_map.json`, empty if there is none
    SpecialTokens(ObjectNode config, ObjectNode map) {
        this.config = config;
        this.map = map;
    }

    /// The class that the authors use, without the ending of its fast variant; empty if it is not named.
    String className() {
        String name = config.path("tokenizer_class").asText("");
        return name.endsWith("Fast") ? name.substring(0, name.length() - "Fast".length()) : name;
    }

    /// @param role   for example `pad_token`
    /// @param absent what stands in for it, where the class has a default
    @Nullable String token(String role, @Nullable String absent) {
        for (ObjectNode file : List.of(config, map)) {
            JsonNode value = file.path(role);
            if (value.isNull()) {
                return null;
            }
            String content = content(value);
            if (!content.isEmpty()) {
                return content;
            }
        }
        return absent;
    }

    private static String content(JsonNode token) {
        return token.isObject() ? token.path("content").asText("") : token.asText("");
    }

    /// The length that the model was trained for; files that know none write a number beyond all bounds.
    int maxLength(int absent) {
        JsonNode length = config.path("model_max_length");
        if (!length.isNumber()) {
            return absent;
        }
        double value = length.doubleValue();
        return value >= 1 && value <= 1 << 24 ? (int) value : Definition.NO_MAX_LENGTH;
    }

    /// How many sentinels a T5 has.
    int extraIds() {
        int count = config.path("extra_ids").asInt(100);
        return Math.clamp(count, 0, 10_000);
    }

    /// Adds to a `tokenizer.json` what these files call special or added and it does not have yet: matched in a text before all else. A token of the vocabulary keeps its id, another gets the next one.
    ///
    /// @param defaults tokens that the class has anyway
    void addTo(ObjectNode json, List<String> defaults) {
        Map<String, JsonNode> tokens = new LinkedHashMap<>();
        List<JsonNode> decoder = new ArrayList<>();
        config.path("added_tokens_decoder")
                .properties()
                .forEach(entry -> {
                    if (entry.getValue() instanceof ObjectNode token) {
                        decoder.add(token.deepCopy().put("id", entry.getKey()));
                    }
                });
        decoder.sort(Comparator.comparingInt(token -> token.path("id").asInt()));
        decoder.forEach(token -> tokens.putIfAbsent(content(token), token));
        for (ObjectNode file : List.of(config, map)) {
            for (String role : ROLES) {
                tokens.putIfAbsent(content(file.path(role)), file.path(role));
            }
            for (String role : List.of("additional_special_tokens", "extra_special_tokens")) {
                file.path(role).forEach(token -> tokens.putIfAbsent(content(token), token));
            }
        }
        defaults.forEach(token -> tokens.putIfAbsent(token, json.textNode(token)));
        tokens.remove("");
        add(json, tokens);
    }

    private static void add(ObjectNode json, Map<String, JsonNode> tokens) {
        Vocabulary vocabulary = Vocabulary.of(json);
        ArrayNode added = json.withArrayProperty("added_tokens");
        added.forEach(token -> tokens.remove(content(token)));
        List<ObjectNode> entries = new ArrayList<>();
        int next = vocabulary.size();
        for (Map.Entry<String, JsonNode> token : tokens.entrySet()) {
            ObjectNode entry = json.objectNode();
            int known = vocabulary.id(token.getKey()).orElse(-1);
            entry.put("id", known >= 0 ? known : next++);
            entry.put("content", token.getKey());
            FLAGS.forEach(flag -> entry.put(flag, token.getValue().path(flag).asBoolean(false)));
            boolean isSpecial = token.getValue().path("special").asBoolean(true);
            entry.put("normalized", token.getValue().path("normalized").asBoolean(!isSpecial));
            entry.put("special", isSpecial);
            entries.add(entry);
        }
        added.forEach(token -> entries.add((ObjectNode) token));
        entries.sort(Comparator.comparingInt(entry -> entry.path("id").asInt()));
        added.removeAll();
        added.addAll(entries);
    }
}
