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

    /// Insertions, deletions, replacements and exchanges of neighbours.
    private static int distance(String a, String b) {
        int[][] rows = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            rows[i][0] = i;
        }
        for (int j = 0; j <= b.length(); j++) {
            rows[0][j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            for (int j = 1; j <= b.length(); j++) {
                int replaced = rows[i - 1][j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                rows[i][j] = Math.min(replaced, 1 + Math.min(rows[i - 1][j], rows[i][j - 1]));
                if (i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1)) {
                    rows[i][j] = Math.min(rows[i][j], rows[i - 2][j - 2] + 1);
                }
            }
        }
        return rows[a.length()][b.length()];
    }
}
