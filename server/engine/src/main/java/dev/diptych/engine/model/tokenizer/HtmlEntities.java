// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.tokenizer;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Decodes HTML's character references: `&eacute;`, `&#233;`, `&#xe9;`. The names are those of the HTML standard, section 13.5.
final class HtmlEntities {
    private static final Pattern REFERENCE =
            Pattern.compile("&(#[0-9]+;?|#[xX][0-9a-fA-F]+;?|[^\\t\\n\\f <&#;]{1,32};?)");
    private static final Pattern CLOSED_REFERENCE = Pattern.compile("&#?[0-9A-Za-z]{1,24};");
    private static final int MAX_DIGITS = 12;
    private static final String REPLACEMENT = "\uFFFD";

    /// What windows-1252 has at 0x80 to 0x9F; where it has nothing the number stands for itself.
    private static final String WINDOWS_1252 =
            "\u20ac\u0081\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\u008d\u017d\u008f"
                    + "\u0090\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\u009d\u017e\u0178";

    private static final Map<String, String> NAMED = new HashMap<>();
    private static final Map<String, String> NAMED_IN_CAPITALS = new HashMap<>();

    static {
        read();
        Set<String> names = new HashSet<>(NAMED.keySet());
        for (String name : names) {
            String capitals = name.toUpperCase(Locale.ROOT);
            if (name.endsWith(";")
                    && name.equals(name.toLowerCase(Locale.ROOT))
                    && named(capitals).equals("&" + capitals)) {
                NAMED_IN_CAPITALS.put(capitals, Objects.requireNonNull(NAMED.get(name)).toUpperCase(Locale.ROOT));
            }
        }
    }

    private HtmlEntities() {}

    private static void read() {
        try (InputStream in = HtmlEntities.class.getResourceAsStream("html-entities.txt")) {
            String text = new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.US_ASCII);
            for (String line : text.split("\n")) {
                String[] words = line.split(" ");
                StringBuilder characters = new StringBuilder();
                for (int i = 1; i < words.length; i++) {
                    characters.appendCodePoint(Integer.parseInt(words[i], 16));
                }
                NAMED.put(words[0], characters.toString());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// As Python's `html.unescape`: as browsers do, so that `&notit` is `¬it`.
    static String decode(String text) {
        return text.indexOf('&') < 0
                ? text
                : REFERENCE.matcher(text).replaceAll(match -> Matcher.quoteReplacement(decoded(match.group(1))));
    }

    /// As ftfy's `unescape_html`: only what ends in a semicolon; of lower-case names also the one in capitals, if it is no name itself.
    static String decodeClosed(String text) {
        return text.indexOf('&') < 0
                ? text
                : CLOSED_REFERENCE.matcher(text).replaceAll(match -> Matcher.quoteReplacement(closed(match.group())));
    }

    private static String closed(String reference) {
        String name = reference.substring(1);
        if (name.startsWith("#")) {
            String decoded = decode(reference);
            return decoded.contains(";") ? reference : decoded;
        }
        String character = NAMED.getOrDefault(name, NAMED_IN_CAPITALS.get(name));
        return character == null ? reference : character;
    }

    private static String decoded(String reference) {
        if (!reference.startsWith("#")) {
            return named(reference);
        }
        boolean isHexadecimal = reference.charAt(1) == 'x' || reference.charAt(1) == 'X';
        String digits = reference.substring(isHexadecimal ? 2 : 1).replace(";", "").replaceFirst("^0+(?=.)", "");
        return digits.length() > MAX_DIGITS
                ? REPLACEMENT
                : numbered(new BigInteger(digits, isHexadecimal ? 16 : 10).longValueExact());
    }

    private static String numbered(long number) {
        if (number >= 0x80 && number <= 0x9f) {
            return String.valueOf(WINDOWS_1252.charAt((int) number - 0x80));
        }
        if (number == 0 || number >= 0xd800 && number <= 0xdfff || number > Character.MAX_CODE_POINT) {
            return REPLACEMENT;
        }
        return isNoCharacter((int) number) ? "" : Character.toString((int) number);
    }

    private static boolean isNoCharacter(int c) {
        boolean isControl = c < 0x20 && c != '\t' && c != '\n' && c != '\f' && c != '\r' || c == 0x7f;
        return isControl || c >= 0xfdd0 && c <= 0xfdef || (c & 0xfffe) == 0xfffe;
    }

    private static String named(String reference) {
        String whole = NAMED.get(reference);
        if (whole != null) {
            return whole;
        }
        for (int end = reference.length() - 1; end > 1; end--) {
            String start = NAMED.get(reference.substring(0, end));
            if (start != null) {
                return start + reference.substring(end);
            }
        }
        return "&" + reference;
    }

    /// A C1 control character as the windows-1252 character that was meant.
    static char fromWindows1252(char c) {
        return c >= 0x80 && c <= 0x9f ? WINDOWS_1252.charAt(c - 0x80) : c;
    }
}
