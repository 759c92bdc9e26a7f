// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.graph;

import dev.diptych.engine.document.Problems;

/// How large a graph may be, nested workflows expanded.
///
/// @param nodes    of the document and of all workflows nested in it
/// @param links    sources of inputs and outputs, elements of lists counted singly
/// @param nesting  how many workflows may stand one inside the other
/// @param problems how many are told one by one
public record Limits(int nodes, int links, int nesting, int problems) {
    public static final Limits DEFAULT = new Limits(20_000, 200_000, 16, Problems.DEFAULT_LIMIT);

    public Limits withNodes(int other) {
        return new Limits(other, links, nesting, problems);
    }
}
