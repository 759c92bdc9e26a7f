// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.UnaryOperator;

/// The tokens of a `tokenizer.json` and their ids.
final class Vocabulary {
    private final Map<String, Integer> ids = new HashMap<>();
    private final Map<Integer, String> tokens = new HashMap<>();
    private int size;

    private Vocabulary() {}

    static Vocabulary of(ObjectNode json) {
        Vocabulary vocabulary = new Vocabulary();
        JsonNode stored = json.path("model").path("vocab");
        if (stored.isArray()) {
            for (int id = 0; id < stored.size(); id++) {
                vocabulary.add(stored.get(id).path(0).asText(), id);
            }
        } else {
            stored.properties().forEach(entry -> vocabulary.add(entry.getKey(), entry.getValue().asInt()));
        }
        for (JsonNode added : json.path("added_tokens")) {
            vocabulary.add(added.path("content").asText(), added.path("id").asInt());
        }
        return vocabulary;
    }

    private void add(String token, int id) {
        ids.put(token, id);
        tokens.put(id, token);
        size = Math.max(size, id + 1);
    }

    int size() {
        return size;
    }

    OptionalInt id(String token) {
        Integer id = ids.get(token);
        return id == null ? OptionalInt.empty() : OptionalInt.of(id);
    }

    String token(int id) {
        String token = tokens.get(id);
        if (token == null) {
            throw new IllegalArgumentException(
                    "There is no token " + id + ": the vocabulary has ids from 0 to " + (size - 1) + ".");
        }
        return token;
    }

    /// The `tokenizer.json` with more tokens under the next ids.
    ObjectNode extended(ObjectNode json, List<String> more, UnaryOperator<String> prepare) {
        ObjectNode copy = json.deepCopy();
        ArrayNode added = copy.withArrayProperty("added_tokens");
        Set<String> seen = new HashSet<>();
        int id = size;
        for (String token : more) {
            if (token.isBlank() || ids.containsKey(token) || !seen.add(token)) {
                throw new IllegalArgumentException(
                        token.isBlank() ? "A token is empty." : "The token " + token + " is there already.");
            }
            ObjectNode entry = added.addObject();
            entry.put("id", id++);
            entry.put("content", prepare.apply(token));
            entry.put("single_word", false);
            entry.put("lstrip", false);
            entry.put("rstrip", false);
            entry.put("normalized", true);
            entry.put("special", false);
        }
        return copy;
    }
}
