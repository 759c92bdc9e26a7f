// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.tokenizer;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Finds special tokens in a text where OpenAI's `SimpleTokenizer` finds them: as words of its pattern. In `!<|endoftext|>` there is none, for its `!<|` is a word.
///
/// @param words   the pattern of a word
/// @param specials the words that are special tokens
record WrittenSpecials(Pattern words, Set<String> specials) {
    /// A stretch of the text that is a special token, or lies between such.
    record Part(int start, int end, boolean isSpecial) {}

    /// @return the text's stretches in their order
    List<Part> split(String text) {
        if (specials.stream().noneMatch(text::contains)) {
            return List.of(new Part(0, text.length(), false));
        }
        List<Part> parts = new ArrayList<>();
        int start = 0;
        Matcher word = words.matcher(text);
        while (word.find()) {
            if (specials.contains(word.group())) {
                if (word.start() > start) {
                    parts.add(new Part(start, word.start(), false));
                }
                parts.add(new Part(word.start(), word.end(), true));
                start = word.end();
            }
        }
        if (start < text.length() || parts.isEmpty()) {
            parts.add(new Part(start, text.length(), false));
        }
        return parts;
    }
}
