// SPDX-License-Identifier: Apache-2.0

package dev.diptych.bench;

import org.jspecify.annotations.Nullable;

/// One measured number.
///
/// @param goal  as the table of goals says it: `<= 50`, `>= 10000`; empty for a number that only explains others
/// @param met   null where there is no goal
/// @param peer  what the alternative took in the same run, in the same unit; null where none ran
public record Figure(
        String name, double value, String unit, String goal, @Nullable Boolean met, @Nullable Double peer) {
    static Figure atMost(double most, String name, double value, String unit) {
        return new Figure(name, value, unit, "<= " + Numbers.shown(most), value <= most, null);
    }

    static Figure atLeast(double least, String name, double value, String unit) {
        return new Figure(name, value, unit, ">= " + Numbers.shown(least), value >= least, null);
    }

    static Figure of(String name, double value, String unit) {
        return new Figure(name, value, unit, "", null, null);
    }

    Figure against(double other) {
        return new Figure(name, value, unit, goal, met, other);
    }
}
