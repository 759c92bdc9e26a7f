// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.document;

import java.util.List;
import java.util.stream.Collectors;

/// A document or request that cannot be used, with all its problems.
public final class DocumentException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final transient List<Problem> told;
    private final int untold;

    public DocumentException(List<Problem> problems) {
        this(problems, 0);
    }

    /// @param told   at least one
    /// @param untold how many more there are
    DocumentException(List<Problem> told, int untold) {
        super(Problems.list(told, untold).stream().map(Problem::text).collect(Collectors.joining("\n")));
        this.told = List.copyOf(told);
        this.untold = untold;
    }

    /// The problems that are told; if there are others, the last one says how many.
    public List<Problem> problems() {
        return Problems.list(told, untold);
    }

    /// How many there are, told or not.
    public int count() {
        return told.size() + untold;
    }

    List<Problem> told() {
        return told;
    }

    int untold() {
        return untold;
    }
}
