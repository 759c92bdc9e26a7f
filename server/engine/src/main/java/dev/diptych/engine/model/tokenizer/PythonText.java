// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.tokenizer;

import java.util.Locale;

/// What Python's strings do to a text, where Java's do something else.
final class PythonText {
    private static final char SIGMA = '\u03a3';

    /// Of the characters between letters, those that are punctuation: what Unicode's Word_Break calls MidLetter, MidNumLet and Single_Quote.
    private static final String BETWEEN_LETTERS =
            "'.:\u00b7\u0387\u055f\u05f4\u2018\u2019\u2024\u2027\ufe13\ufe52\ufe55\uff07\uff0e\uff1a";

    private PythonText() {}

    /// `str.lower`: a sigma is a final one by the rule of the Unicode standard, section 3.13, across what Java takes for the end of a word.
    static String lower(String text) {
        if (text.indexOf(SIGMA) < 0) {
            return text.toLowerCase(Locale.ROOT);
        }
        StringBuilder decided = new StringBuilder(text);
        for (int i = text.indexOf(SIGMA); i >= 0; i = text.indexOf(SIGMA, i + 1)) {
            decided.setCharAt(i, isCasedBefore(text, i) && !isCasedAfter(text, i + 1) ? '\u03c2' : '\u03c3');
        }
        return decided.toString().toLowerCase(Locale.ROOT);
    }

    private static boolean isCasedBefore(String text, int end) {
        for (int i = end; i > 0; ) {
            int c = text.codePointBefore(i);
            if (!isCaseIgnorable(c)) {
                return isCased(c);
            }
            i -= Character.charCount(c);
        }
        return false;
    }

    private static boolean isCasedAfter(String text, int start) {
        for (int i = start; i < text.length(); ) {
            int c = text.codePointAt(i);
            if (!isCaseIgnorable(c)) {
                return isCased(c);
            }
            i += Character.charCount(c);
        }
        return false;
    }

    private static boolean isCased(int c) {
        return Character.isLowerCase(c) || Character.isUpperCase(c) || Character.isTitleCase(c);
    }

    private static boolean isCaseIgnorable(int c) {
        return switch (Character.getType(c)) {
            case Character.NON_SPACING_MARK,
                    Character.ENCLOSING_MARK,
                    Character.FORMAT,
                    Character.MODIFIER_LETTER,
                    Character.MODIFIER_SYMBOL ->
                    true;
            default -> BETWEEN_LETTERS.indexOf(c) >= 0;
        };
    }

    /// `str.isspace`: what Unicode calls white space or a separator, no-break spaces included, and the separators of ASCII.
    static boolean isSpace(int c) {
        return Character.isWhitespace(c) || Character.isSpaceChar(c) || c == 0x85;
    }

    /// `str.strip`.
    static String strip(String text) {
        int start = 0;
        while (start < text.length() && isSpace(text.charAt(start))) {
            start++;
        }
        int end = text.length();
        while (end > start && isSpace(text.charAt(end - 1))) {
            end--;
        }
        return text.substring(start, end);
    }
}
