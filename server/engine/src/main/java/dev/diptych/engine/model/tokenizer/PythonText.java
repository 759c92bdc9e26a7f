// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.tokenizer;

/// What Python's strings do to a text, where Java's do something else.
final class PythonText {
    private PythonText() {}

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
