// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.conformance;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Reads JSON as Python's `json` module writes it: `NaN`, `Infinity` and `-Infinity` are numbers. For the small configuration files of cases.
/// Values are [Map], [List], [String], [Boolean], [Double] or [Long], or null.
final class JsonText {
    private static final int DEEPEST = 100;

    private final String text;
    private int position;

    private JsonText(String text) {
        this.text = text;
    }

    /// @throws IllegalArgumentException with the character's number, if the text is no JSON object
    static Map<String, @Nullable Object> object(String text) {
        JsonText reader = new JsonText(text);
        reader.require('{');
        Map<String, @Nullable Object> object = reader.members(0);
        reader.skipSpace();
        if (reader.position < text.length()) {
            throw reader.unexpected();
        }
        return object;
    }

    private @Nullable Object value(int depth) {
        skipSpace();
        if (position >= text.length() || depth > DEEPEST) {
            throw unexpected();
        }
        char c = text.charAt(position);
        return switch (c) {
            case '{' -> {
                position++;
                yield members(depth + 1);
            }
            case '[' -> {
                position++;
                yield elements(depth + 1);
            }
            case '"' -> string();
            default -> word();
        };
    }

    private Map<String, @Nullable Object> members(int depth) {
        Map<String, @Nullable Object> members = new LinkedHashMap<>();
        if (takes('}')) {
            return members;
        }
        do {
            skipSpace();
            String name = string();
            require(':');
            members.put(name, value(depth));
        } while (takes(','));
        require('}');
        return members;
    }

    private List<@Nullable Object> elements(int depth) {
        List<@Nullable Object> elements = new ArrayList<>();
        if (takes(']')) {
            return elements;
        }
        do {
            elements.add(value(depth));
        } while (takes(','));
        require(']');
        return elements;
    }

    private String string() {
        require('"');
        StringBuilder characters = new StringBuilder();
        while (position < text.length() && text.charAt(position) != '"') {
            char c = text.charAt(position++);
            characters.append(c == '\\' ? escaped() : c);
        }
        require('"');
        return characters.toString();
    }

    private char escaped() {
        if (position >= text.length()) {
            throw unexpected();
        }
        char c = text.charAt(position++);
        return switch (c) {
            case 'n' -> '\n';
            case 't' -> '\t';
            case 'r' -> '\r';
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'u' -> {
                if (position + 4 > text.length()) {
                    throw unexpected();
                }
                position += 4;
                yield (char) Integer.parseInt(text.substring(position - 4, position), 16);
            }
            default -> c;
        };
    }

    private @Nullable Object word() {
        int start = position;
        while (position < text.length() && ",]} \t\r\n".indexOf(text.charAt(position)) < 0) {
            position++;
        }
        String word = text.substring(start, position);
        switch (word) {
            case "null" -> {
                return null;
            }
            case "true", "false" -> {
                return word.equals("true");
            }
            default -> {}
        }
        try {
            return word.matches("-?\\d{1,18}") ? (Object) Long.valueOf(word) : (Object) Double.valueOf(word);
        } catch (NumberFormatException e) {
            position = start;
            throw unexpected();
        }
    }

    private boolean takes(char c) {
        skipSpace();
        if (position < text.length() && text.charAt(position) == c) {
            position++;
            return true;
        }
        return false;
    }

    private void require(char c) {
        if (!takes(c)) {
            throw unexpected();
        }
    }

    private void skipSpace() {
        while (position < text.length() && Character.isWhitespace(text.charAt(position))) {
            position++;
        }
    }

    private IllegalArgumentException unexpected() {
        return new IllegalArgumentException("No JSON at character " + (position + 1));
    }
}
