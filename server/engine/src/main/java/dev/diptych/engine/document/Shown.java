// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.document;

import com.fasterxml.jackson.databind.JsonNode;

/// Values as messages show them: short, on one line, without control characters.
public final class Shown {
    private static final int LONGEST = 60;

    private Shown() {}

    /// A name or number as it was found. Of a long text its beginning.
    public static String text(String text) {
        String line = text.replaceAll("[\\p{Cntrl}\\p{Cf}]", " ");
        return line.length() > LONGEST ? line.substring(0, LONGEST) + "…" : line;
    }

    /// Numbers and short texts as they stand; of what has contents only its kind.
    public static String json(JsonNode json) {
        return switch (json.getNodeType()) {
            case STRING -> '"' + text(json.textValue()) + '"';
            case NUMBER, BOOLEAN, NULL -> text(json.asText());
            case ARRAY -> "an array of " + json.size();
            case OBJECT -> "an object with " + json.size() + " fields";
            case BINARY, MISSING, POJO -> "nothing";
        };
    }
}
