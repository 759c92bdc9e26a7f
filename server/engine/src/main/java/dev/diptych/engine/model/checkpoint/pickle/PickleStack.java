// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.checkpoint.pickle;

import java.util.ArrayList;
import java.util.List;

/// The machine's stack, with marks that say where a group of values begins.
final class PickleStack {
    private static final int MOST_VALUES = 1_000_000;
    private static final int MOST_MARKS = 10_000;

    private final List<PickleValue> values = new ArrayList<>();
    private final List<Integer> marks = new ArrayList<>();

    void push(PickleValue value) {
        if (values.size() == MOST_VALUES) {
            throw new PickleException("Its stack grows over " + MOST_VALUES + " values.");
        }
        values.add(value);
    }

    PickleValue pop() {
        requireOneAboveMark();
        return values.removeLast();
    }

    PickleValue top() {
        requireOneAboveMark();
        return values.getLast();
    }

    void mark() {
        if (marks.size() == MOST_MARKS) {
            throw new PickleException("It nests deeper than " + MOST_MARKS + " levels.");
        }
        marks.add(values.size());
    }

    boolean isMarkOnTop() {
        return !marks.isEmpty() && marks.getLast() == values.size();
    }

    /// Takes all values above the last mark, and the mark.
    List<PickleValue> popMarked() {
        if (marks.isEmpty()) {
            throw new PickleException("A mark is missing on its stack.");
        }
        List<PickleValue> above = values.subList(marks.removeLast(), values.size());
        List<PickleValue> popped = new ArrayList<>(above);
        above.clear();
        return popped;
    }

    /// Takes the last values, in the order in which they were pushed.
    List<PickleValue> pop(int count) {
        List<PickleValue> popped = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            popped.addFirst(pop());
        }
        return popped;
    }

    private void requireOneAboveMark() {
        int floor = marks.isEmpty() ? 0 : marks.getLast();
        if (values.size() <= floor) {
            throw new PickleException("A value is missing on its stack.");
        }
    }
}
