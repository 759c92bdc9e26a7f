// SPDX-License-Identifier: Apache-2.0

package dev.diptych.bench;

import java.util.Arrays;
import java.util.Locale;

/// Numbers for people, and what is taken from many of them.
final class Numbers {
    private Numbers() {}

    /// Three significant digits, or the whole number.
    static String shown(double value) {
        if (value == Math.rint(value) && Math.abs(value) < 1e9) {
            return Long.toString((long) value);
        }
        int digits = (int) Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
        return String.format(Locale.ROOT, "%." + digits + "f", value);
    }

    /// @param fraction 0.5 for the median
    static double percentile(double[] values, double fraction) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted.length == 0
                ? Double.NaN
                : sorted[(int) Math.min(sorted.length - 1L, Math.round(fraction * (sorted.length - 1)))];
    }
}
