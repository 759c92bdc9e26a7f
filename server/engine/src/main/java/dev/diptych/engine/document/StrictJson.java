// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.document;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.io.JsonEOFException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.core.util.JsonParserDelegate;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Reads JSON as RFC 8259 has it and nothing more: duplicate keys, `NaN`, comments, text after the end, deep nesting and great length are refused.
public final class StrictJson {
    public static final int MAX_NESTING = 100;
    public static final int DEFAULT_MAX_BYTES = 16 << 20;

    private static final Pattern DUPLICATE = Pattern.compile("Duplicate [^']*'(.{0,80})");

    private final int maxBytes;
    private final boolean allowsInfinity;
    private final JsonMapper mapper;

    public StrictJson(int maxBytes) {
        this(maxBytes, false);
    }

    /// Reads what Python's `json` writes: besides RFC 8259 also `NaN`, `Infinity` and `-Infinity`, which published configurations hold.
    public static StrictJson asPythonWrites(int maxBytes) {
        return new StrictJson(maxBytes, true);
    }

    private StrictJson(int maxBytes, boolean allowsInfinity) {
        this.maxBytes = maxBytes;
        this.allowsInfinity = allowsInfinity;
        JsonFactory factory =
                JsonFactory.builder()
                        .configure(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS, allowsInfinity)
                        .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                        .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
                        .streamReadConstraints(
                                StreamReadConstraints.builder()
                                        .maxNestingDepth(MAX_NESTING)
                                        .maxStringLength(maxBytes)
                                        .maxNameLength(1000)
                                        .maxNumberLength(1000)
                                        .build())
                        .build();
        this.mapper = JsonMapper.builder(factory).enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();
    }

    public StrictJson() {
        this(DEFAULT_MAX_BYTES);
    }

    /// @throws DocumentException when this is not JSON, or more of it than allowed
    public JsonNode read(byte[] json) {
        if (json.length > maxBytes) {
            throw refused(
                    "engine/json-too-large",
                    "The JSON has " + json.length + " bytes, at most " + maxBytes + " are allowed.",
                    "Put pictures and other data into assets and refer to these.");
        }
        try {
            JsonParser parser = mapper.createParser(json);
            JsonNode tree = mapper.readTree(allowsInfinity ? parser : new FiniteNumbers(parser));
            if (tree == null || tree.isMissingNode()) {
                throw refused("engine/bad-json", "The text is empty, JSON is needed.", "Send a JSON object.");
            }
            return tree;
        } catch (JsonProcessingException e) {
            throw explained(e);
        } catch (IOException e) {
            throw refused(
                    "engine/bad-json",
                    "The text cannot be decoded: " + e.getMessage() + ".",
                    "JSON must be written in UTF-8.");
        }
    }

    /// @throws DocumentException when this is not JSON, or more of it than allowed
    public JsonNode read(String json) {
        return read(json.getBytes(StandardCharsets.UTF_8));
    }

    private static DocumentException explained(JsonProcessingException e) {
        String place = place(e.getLocation());
        String said = e.getOriginalMessage();
        if (e instanceof StreamConstraintsException) {
            if (said.contains("nesting depth")) {
                return refused(
                        "engine/json-too-deep",
                        place + "the JSON is nested deeper than " + MAX_NESTING + " levels.",
                        "Write it flatter: nodes link by name, they need no nesting.");
            }
            return refused(
                    "engine/json-too-large",
                    place
                            + "a number, name or text is longer than allowed: names and numbers may have 1000 characters.",
                    "Shorten it.");
        }
        Matcher duplicate = DUPLICATE.matcher(said);
        if (duplicate.lookingAt()) {
            String key = duplicate.group(1).replaceAll("'$", "");
            return refused(
                    "engine/duplicate-key",
                    place + "the key \"" + key + "\" stands twice in one object, each may stand once.",
                    "Rename or remove one of them.");
        }
        String lower = said.toLowerCase(Locale.ROOT);
        if (lower.contains("non-standard token") || lower.contains("'nan'") || lower.contains("'inf")) {
            return refused(
                    "engine/not-a-number",
                    place + "NaN and Infinity are no JSON; finite numbers are allowed.",
                    "Write a finite number.");
        }
        String what =
                e instanceof JsonEOFException
                        ? "the JSON ends in the middle."
                        : "this is no valid JSON: " + firstSentence(said) + ".";
        return refused("engine/bad-json", place + what, "Correct the JSON there.");
    }

    private static String place(JsonLocation location) {
        return location == null || location.getLineNr() < 1
                ? ""
                : "Line " + location.getLineNr() + ", column " + location.getColumnNr() + ": ";
    }

    private static String firstSentence(String said) {
        String line = said.lines().findFirst().orElse("");
        String sentence = line.length() > 160 ? line.substring(0, 160) + "…" : line;
        return sentence.endsWith(".") ? sentence.substring(0, sentence.length() - 1) : sentence;
    }

    private static DocumentException refused(String code, String message, String next) {
        return new DocumentException(List.of(new Problem(code, null, null, null, message, next)));
    }

    /// Refuses a number that becomes infinite: nobody could tell afterwards what was written.
    private static final class FiniteNumbers extends JsonParserDelegate {
        private FiniteNumbers(JsonParser parser) {
            super(parser);
        }

        @Override
        public double getDoubleValue() throws IOException {
            double value = super.getDoubleValue();
            if (Double.isInfinite(value)) {
                throw refused(
                        "engine/number-too-large",
                        place(currentTokenLocation())
                                + "the number "
                                + Shown.text(getText())
                                + " is too large; up to "
                                + Double.MAX_VALUE
                                + " are allowed.",
                        "Write a smaller number.");
            }
            return value;
        }
    }
}
