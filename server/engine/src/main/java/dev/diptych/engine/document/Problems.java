// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.document;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/// Gathers problems so that all of them are told at once. Keeps the first ones and counts the rest: a hostile document costs no more than a bad one.
public final class Problems {
    /// Enough for any reader.
    public static final int DEFAULT_LIMIT = 100;

    private final int limit;
    private final List<Problem> kept = new ArrayList<>();
    private int count;

    public Problems(int limit) {
        this.limit = limit;
    }

    public Problems() {
        this(DEFAULT_LIMIT);
    }

    public void add(Problem problem) {
        add(() -> problem);
    }

    /// Adds a problem whose wording is only worked out when it will be told.
    public void add(Supplier<Problem> problem) {
        if (count++ < limit) {
            kept.add(problem.get());
        }
    }

    /// A problem that belongs to no node.
    public void add(String code, String message, String next) {
        add(() -> new Problem(code, null, null, null, message, next));
    }

    /// Adds the problems of a part, with the number of those that it does not tell.
    public void addAll(DocumentException part) {
        part.told().forEach(this::add);
        count += part.untold();
    }

    /// Adds the problems of a part, with the number of those that it does not tell.
    public void addAll(Problems part) {
        part.kept.forEach(this::add);
        count += part.count - part.kept.size();
    }

    public boolean isEmpty() {
        return count == 0;
    }

    /// How many were found, told or not.
    public int count() {
        return count;
    }

    /// The problems that are told; the last one says how many are not.
    public List<Problem> list() {
        return list(kept, count - kept.size());
    }

    static List<Problem> list(List<Problem> told, int untold) {
        List<Problem> all = new ArrayList<>(told);
        if (untold > 0) {
            all.add(
                    new Problem(
                            "engine/more-problems",
                            null,
                            null,
                            null,
                            "There are " + untold + " more problems than the " + told.size() + " told here.",
                            "Mend these first."));
        }
        return all;
    }

    /// @throws DocumentException when there are any
    public void throwIfAny() {
        if (!isEmpty()) {
            throw new DocumentException(kept, count - kept.size());
        }
    }
}
