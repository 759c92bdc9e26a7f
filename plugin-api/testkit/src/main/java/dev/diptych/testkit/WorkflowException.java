// SPDX-License-Identifier: Apache-2.0

package dev.diptych.testkit;

import dev.diptych.engine.document.Problem;

import java.util.List;
import java.util.stream.Collectors;

/// A workflow that could not be run, or not to its end, with all its problems. What nodes threw is attached as suppressed exceptions.
public final class WorkflowException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final transient List<Problem> problems;

    WorkflowException(String workflow, List<Problem> problems) {
        super(
                workflow
                        + ": "
                        + (problems.size() == 1 ? "1 problem" : problems.size() + " problems")
                        + problems.stream().map(problem -> "\n  " + problem.text()).collect(Collectors.joining()));
        this.problems = List.copyOf(problems);
    }

    /// Each with its code, node, port, message and next step.
    public List<Problem> problems() {
        return problems;
    }
}
