// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.checkpoint.keymap;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/// One line of a key map, before its loops are run.
///
/// @param left      a template of names
/// @param right     the templates that belong to it: one, or the parts that are fused in `left`
/// @param operation what is done to tensors on the way to the right
/// @param table     names below both, or null
/// @param loops     variables, each from 0 to below an expression
/// @param whenLeft  must not be 0 for names of the left layout; null if always
/// @param whenRight the same for names of the right layout
record KeyRule(
        String left,
        List<String> right,
        String operation,
        @Nullable String table,
        List<Loop> loops,
        @Nullable String whenLeft,
        @Nullable String whenRight) {

    /// `level<levels-1`
    record Loop(String variable, String below) {}

    /// Reads `left = right with table via operation for a<x, b<y if left | right`; all but the names may be left out.
    static KeyRule parse(String line) {
        String[] sides = line.split(" = ", 2);
        if (sides.length != 2) {
            throw new IllegalStateException("No rule: " + line);
        }
        Map<String, String> clauses = new HashMap<>();
        String rest = sides[1];
        for (String word : List.of("if", "for", "via", "with")) {
            int at = rest.indexOf(" " + word + " ");
            if (at >= 0) {
                clauses.put(word, rest.substring(at + word.length() + 2).strip());
                rest = rest.substring(0, at);
            }
        }
        String[] when = clauses.containsKey("if") ? clauses.get("if").split("\\|") : new String[0];
        return new KeyRule(
                sides[0].strip(),
                Arrays.stream(rest.split(" \\+ ")).map(String::strip).toList(),
                clauses.getOrDefault("via", ""),
                clauses.get("with"),
                loops(clauses.get("for")),
                when.length == 0 ? null : when[0],
                when.length == 0 ? null : when[when.length - 1]);
    }

    private static List<Loop> loops(@Nullable String clause) {
        List<Loop> loops = new ArrayList<>();
        if (clause != null) {
            for (String loop : clause.split(",")) {
                String[] parts = loop.split("<", 2);
                loops.add(new Loop(parts[0].strip(), parts[1].strip()));
            }
        }
        return loops;
    }

    /// Calls back for each value of the loop variables for which the condition holds.
    ///
    /// @param isLeft whether `names` are of the left layout
    void each(
            Map<String, Integer> variables,
            Iterable<String> names,
            boolean isLeft,
            Consumer<Map<String, Integer>> found) {
        each(0, variables, names, isLeft, found);
    }

    private void each(
            int depth,
            Map<String, Integer> variables,
            Iterable<String> names,
            boolean isLeft,
            Consumer<Map<String, Integer>> found) {
        if (depth == loops.size()) {
            String when = isLeft ? whenLeft : whenRight;
            if (when == null || Expression.evaluate(when, variables, names) != 0) {
                found.accept(variables);
            }
            return;
        }
        int below = Expression.evaluate(loops.get(depth).below(), variables, names);
        for (int value = 0; value < below; value++) {
            Map<String, Integer> inner = new HashMap<>(variables);
            inner.put(loops.get(depth).variable(), value);
            each(depth + 1, inner, names, isLeft, found);
        }
    }
}
