// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.tokenizer;

import java.text.Normalizer;
import java.util.Map;
import java.util.regex.Pattern;

/// Cleans a text as OpenAI's CLIP does before it cuts it up: `ftfy.fix_text`, HTML's references decoded twice, white space joined, lower case.
///
/// Of ftfy 6's repairs all but those of its `fix_encoding`: what was decoded with the wrong character set stays as it is. That takes tables of what is likely.
final class TextRepair {
    private static final int MAX_SEGMENT = 1_000_000;
    private static final int FIRST_WIDE = 0xff01;
    private static final int AFTER_WIDE = 0xfff0;

    private static final Pattern WHITE_SPACE = Pattern.compile("\\s+", Pattern.UNICODE_CHARACTER_CLASS);
    private static final Pattern TERMINAL_ESCAPE = Pattern.compile("\033\\[[\\p{Nd};]*[a-zA-Z]");
    private static final Pattern LINE_BREAK = Pattern.compile("\r\n|[\r\u2028\u2029\u0085]");

    private static final Map<Character, String> LIGATURES =
            Map.ofEntries(
                    Map.entry('\u0132', "IJ"),
                    Map.entry('\u0133', "ij"),
                    Map.entry('\u0149', "\u02bcn"),
                    Map.entry('\u01f1', "DZ"),
                    Map.entry('\u01f2', "Dz"),
                    Map.entry('\u01f3', "dz"),
                    Map.entry('\u01c4', "D\u017d"),
                    Map.entry('\u01c5', "D\u017e"),
                    Map.entry('\u01c6', "d\u017e"),
                    Map.entry('\u01c7', "LJ"),
                    Map.entry('\u01c8', "Lj"),
                    Map.entry('\u01c9', "lj"),
                    Map.entry('\u01ca', "NJ"),
                    Map.entry('\u01cb', "Nj"),
                    Map.entry('\u01cc', "nj"),
                    Map.entry('\ufb00', "ff"),
                    Map.entry('\ufb01', "fi"),
                    Map.entry('\ufb02', "fl"),
                    Map.entry('\ufb03', "ffi"),
                    Map.entry('\ufb04', "ffl"),
                    Map.entry('\ufb05', "\u017ft"),
                    Map.entry('\ufb06', "st"));

    private TextRepair() {}

    /// All of it.
    static String cleaned(String text) {
        String decoded = HtmlEntities.decode(HtmlEntities.decode(repaired(text)));
        String joined = WHITE_SPACE.matcher(PythonText.strip(decoded)).replaceAll(" ");
        return PythonText.lower(PythonText.strip(joined));
    }

    /// `ftfy.fix_text`: line by line. From the first line on that has a `<`, the text counts as HTML and its references are left to it.
    static String repaired(String text) {
        StringBuilder repaired = new StringBuilder(text.length());
        boolean decodes = true;
        int start = 0;
        while (start < text.length()) {
            int lineBreak = text.indexOf('\n', start);
            int end = Math.min(lineBreak < 0 ? text.length() : lineBreak + 1, start + MAX_SEGMENT);
            String segment = text.substring(start, end);
            decodes &= segment.indexOf('<') < 0;
            repaired.append(repairedSegment(segment, decodes));
            start = end;
        }
        return repaired.toString();
    }

    /// One repair may make room for another: until nothing changes.
    private static String repairedSegment(String segment, boolean decodes) {
        String text = segment;
        while (true) {
            String before = text;
            text = decodes ? HtmlEntities.decodeClosed(text) : text;
            text = replaceCharacters(text);
            text = LINE_BREAK.matcher(text).replaceAll("\n");
            text = TERMINAL_ESCAPE.matcher(text).replaceAll("");
            text = withoutControlCharacters(text);
            text = Normalizer.normalize(text, Normalizer.Form.NFC);
            if (text.equals(before)) {
                return text;
            }
        }
    }

    /// C1 control characters as windows-1252, ligatures as letters, wide and narrow forms as plain ones, curly quotes as straight ones.
    private static String replaceCharacters(String text) {
        StringBuilder replaced = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = HtmlEntities.fromWindows1252(text.charAt(i));
            String letters = LIGATURES.get(c);
            if (letters != null) {
                for (int j = 0; j < letters.length(); j++) {
                    replaced.append(straight(letters.charAt(j)));
                }
            } else if (c == '\u3000') {
                replaced.append(' ');
            } else if (c >= FIRST_WIDE && c < AFTER_WIDE) {
                replaced.append(Normalizer.normalize(String.valueOf(c), Normalizer.Form.NFKC));
            } else {
                replaced.append(straight(c));
            }
        }
        return replaced.toString();
    }

    private static char straight(char c) {
        if (c == '\u02bc' || c >= '\u2018' && c <= '\u201b') {
            return '\'';
        }
        return c >= '\u201c' && c <= '\u201f' ? '"' : c;
    }

    private static String withoutControlCharacters(String text) {
        StringBuilder kept = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean isAsciiControl = c < ' ' && c != '\t' && c != '\n' && c != '\f' && c != '\r' || c == 0x7f;
            boolean isRemoved =
                    isAsciiControl || c >= 0x206a && c <= 0x206f || c == 0xfeff || c >= 0xfff9 && c <= 0xfffc;
            if (!isRemoved) {
                kept.append(c);
            }
        }
        return kept.toString();
    }

    /// Half a character is none: U+FFFD stands for it.
    static String withoutLoneSurrogates(String text) {
        StringBuilder whole = null;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (!Character.isSurrogate(c)) {
                continue;
            }
            if (Character.isHighSurrogate(c) && i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))) {
                i++;
                continue;
            }
            whole = whole == null ? new StringBuilder(text) : whole;
            whole.setCharAt(i, '\uFFFD');
        }
        return whole == null ? text : whole.toString();
    }
}
