// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.document;

import java.util.List;
import java.util.stream.Collectors;

/// A document or request that cannot be used, with all its problems.
public final class DocumentException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final transient List<Problem> problems;

    public DocumentException(List<Problem> problems) {
        super(problems.stream().map(Problem::text).collect(Collectors.joining("\n")));
        this.problems = List.copyOf(problems);
    }

    public List<Problem> problems() {
        return problems;
    }
}
