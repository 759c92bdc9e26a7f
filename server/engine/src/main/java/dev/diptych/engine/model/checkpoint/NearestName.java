// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.checkpoint;

import java.util.Collection;
import java.util.Optional;

/// Finds the parameter that a name was probably meant to be, by the parts between its dots (and underscores) that must change.
public final class NearestName {
    private static final int MOST_CANDIDATES = 5000;
    private static final int MOST_PARTS = 40;

    private NearestName() {}

    /// The candidate with the fewest parts to change, at most half of them.
    public static Optional<String> of(String name, Collection<String> candidates) {
        String[] wanted = parts(name);
        if (wanted.length > MOST_PARTS) {
            return Optional.empty();
        }
        int smallest = wanted.length / 2 + 1;
        String nearest = null;
        int tried = 0;
        for (String candidate : candidates) {
            if (++tried > MOST_CANDIDATES) {
                break;
            }
            String[] parts = parts(candidate);
            if (Math.abs(parts.length - wanted.length) < smallest) {
                int distance = distance(wanted, parts);
                if (distance < smallest) {
                    smallest = distance;
                    nearest = candidate;
                }
            }
        }
        return Optional.ofNullable(nearest);
    }

    private static String[] parts(String name) {
        return name.split("[._]");
    }

    private static int distance(String[] a, String[] b) {
        int[] above = new int[b.length + 1];
        for (int j = 0; j <= b.length; j++) {
            above[j] = j;
        }
        for (int i = 1; i <= a.length; i++) {
            int[] row = new int[b.length + 1];
            row[0] = i;
            for (int j = 1; j <= b.length; j++) {
                int replaced = above[j - 1] + (a[i - 1].equals(b[j - 1]) ? 0 : 1);
                row[j] = Math.min(replaced, 1 + Math.min(above[j], row[j - 1]));
            }
            above = row;
        }
        return above[b.length];
    }
}
