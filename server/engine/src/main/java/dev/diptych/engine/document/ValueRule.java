// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.document;

import com.fasterxml.jackson.databind.JsonNode;

import java.math.BigInteger;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;

/// Finds values that would not come back as they were written: numbers beyond the range of a double, whole ones beyond 2^53,
/// which every other reader of JSON rounds, and texts with half a character.
public final class ValueRule {
    private static final BigInteger LARGEST = BigInteger.ONE.shiftLeft(53);

    private ValueRule() {}

    private record Place(String path, JsonNode json) {}

    /// @param path of the root, where problems are told from; empty for a whole document
    public static void check(JsonNode root, String path, Problems problems) {
        Deque<Place> open = new ArrayDeque<>();
        open.push(new Place(path, root));
        while (!open.isEmpty()) {
            Place place = open.pop();
            if (place.json.isContainerNode()) {
                int index = 0;
                while (index < place.json.size() && place.json.isArray()) {
                    push(open, place.path + '/' + index, place.json.get(index));
                    index++;
                }
                for (Map.Entry<String, JsonNode> field : place.json.properties()) {
                    push(open, place.path + '/' + field.getKey(), field.getValue());
                }
            } else if (place.json.isTextual()) {
                checkText(place, problems);
            } else if (!isKept(place.json)) {
                problems.add(() ->
                        new Problem(
                                "engine/number-too-large",
                                null,
                                null,
                                null,
                                "At "
                                        + Shown.text(place.path)
                                        + ": the number "
                                        + Shown.json(place.json)
                                        + " cannot be kept exactly; whole numbers up to 2^53 and finite numbers are allowed.",
                                "Write a larger seed as a text of digits: \"9007199254740993\"."));
            }
        }
    }

    private static void push(Deque<Place> open, String path, JsonNode json) {
        if (json.isContainerNode() || json.isNumber() || json.isTextual()) {
            open.push(new Place(path, json));
        }
    }

    private static void checkText(Place place, Problems problems) {
        String text = place.json.textValue();
        if (text.codePoints().anyMatch(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE)) {
            problems.add(
                    "engine/bad-text",
                    "At "
                            + Shown.text(place.path)
                            + ": the text holds half of a surrogate pair, whole characters are allowed.",
                    "Write the character itself, or both its \\u escapes.");
        }
    }

    private static boolean isKept(JsonNode number) {
        if (number.isIntegralNumber()) {
            return number.bigIntegerValue().abs().compareTo(LARGEST) <= 0;
        }
        return Double.isFinite(number.doubleValue());
    }
}
