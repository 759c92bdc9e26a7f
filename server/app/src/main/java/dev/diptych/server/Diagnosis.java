// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;

/// What `doctor` has found: what is well, what could be better, and what is wrong, the latter two with what to do.
final class Diagnosis {
    private static final String INDENT = " ".repeat(9);

    private final List<String> lines = new ArrayList<>();
    private int hints;
    private int wrong;

    /// Begins a part of the page.
    void section(String title) {
        lines.add((lines.isEmpty() ? "" : "\n") + title);
    }

    void good(String what, String state) {
        lines.add("  ok     " + what + ": " + state);
    }

    /// What works, and could be better.
    ///
    /// @param next what to do
    void hint(String what, String state, String next) {
        hints++;
        lines.add("  hint   " + what + ": " + state + ".\n" + INDENT + next);
    }

    /// What does not work.
    ///
    /// @param fix what to do
    void bad(String what, String state, String fix) {
        wrong++;
        lines.add("  wrong  " + what + ": " + state + (state.endsWith(".") ? "" : ".") + "\n" + INDENT + fix);
    }

    boolean isHealthy() {
        return wrong == 0;
    }

    void print(PrintWriter out) {
        lines.forEach(out::println);
        out.println();
        out.println(
                wrong == 0 ? "Nothing is wrong." : wrong == 1 ? "One thing is wrong." : wrong + " things are wrong.");
        if (hints > 0) {
            out.println(hints == 1 ? "One thing could be better." : hints + " things could be better.");
        }
        out.flush();
    }
}
