// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.tokenizer;

import org.jspecify.annotations.Nullable;

/// Where the code points of a text, in which the library counts, begin in UTF-16 units, in which Java counts.
///
/// @param units one for each code point, and the text's length; null where both are the same
@SuppressWarnings("ArrayRecordComponent") // private to this package, and never compared
record CodePoints(int @Nullable [] units, int length) {
    static CodePoints of(String text) {
        int count = text.codePointCount(0, text.length());
        if (count == text.length()) {
            return new CodePoints(null, count);
        }
        int[] units = new int[count + 1];
        int unit = 0;
        for (int i = 0; i < count; i++) {
            units[i] = unit;
            unit += Character.charCount(text.codePointAt(unit));
        }
        units[count] = unit;
        return new CodePoints(units, count);
    }

    int unit(int codePoint) {
        int place = Math.clamp(codePoint, 0, length);
        return units == null ? place : units[place];
    }
}
