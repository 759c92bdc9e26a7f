// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.document;

import org.jspecify.annotations.Nullable;

import java.util.Collection;
import java.util.Locale;

/// Finds the known name that a mistyped one was probably meant to be.
public final class Suggestion {
    private static final int MOST_CANDIDATES = 2000;
    private static final int MOST_LISTED = 12;
    private static final int LONGEST_NAME = 64;

    private Suggestion() {}

    /// `Did you mean "x"?`, or the names there are when they are few, or null.
    public static @Nullable String sentence(String name, Collection<String> known) {
        String nearest = nearest(name, known);
        if (nearest != null) {
            return "Did you mean \"" + nearest + "\"?";
        }
        if (known.isEmpty() || known.size() > MOST_LISTED) {
            return null;
        }
        return "Known: \"" + String.join("\", \"", known) + "\".";
    }

    /// The known name at the smallest edit distance, at most a third of the name's length; null when none is that near.
    public static @Nullable String nearest(String name, Collection<String> known) {
        if (name.isEmpty() || name.length() > LONGEST_NAME) {
            return null;
        }
        String wanted = name.toLowerCase(Locale.ROOT);
        String nearest = null;
        int smallest = Math.max(1, name.length() / 3) + 1;
        int tried = 0;
        for (String candidate : known) {
            if (++tried > MOST_CANDIDATES) {
                break;
            }
            if (Math.abs(candidate.length() - name.length()) >= smallest) {
                continue;
            }
            int distance = distance(wanted, candidate.toLowerCase(Locale.ROOT));
            if (distance < smallest) {
                smallest = distance;
                nearest = candidate;
            }
        }
        return nearest;
    }

    private static int distance(String a, String b) {
        int[] previous = new int[b.length() + 1];
        int[] current = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            previous[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            current[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int replaced = previous[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                current[j] = Math.min(replaced, 1 + Math.min(previous[j], current[j - 1]));
            }
            int[] swap = previous;
            previous = current;
            current = swap;
        }
        return previous[b.length()];
    }
}
