// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.graph;

import dev.diptych.engine.document.Problem;
import dev.diptych.engine.document.Problems;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/// Puts vertices in an order in which each follows all it needs: depth first, with its own stack, each vertex and each link once.
final class Order {
    private static final int LONGEST_PATH_SHOWN = 12;

    private final Expansion expansion;
    private final Problems problems;
    private final Map<Vertex, Boolean> isDone = new HashMap<>();
    private final Deque<Frame> path = new ArrayDeque<>();
    private final List<Vertex> order = new ArrayList<>();

    private record Frame(Vertex vertex, Iterator<Vertex> needed) {}

    Order(Expansion expansion, Problems problems) {
        this.expansion = expansion;
        this.problems = problems;
    }

    List<Vertex> from(Collection<? extends Vertex> roots) {
        for (Vertex root : roots) {
            enter(root);
            while (!path.isEmpty()) {
                Frame frame = path.element();
                if (frame.needed.hasNext()) {
                    enter(frame.needed.next());
                } else {
                    path.pop();
                    isDone.put(frame.vertex, true);
                    order.add(frame.vertex);
                }
            }
        }
        return order;
    }

    private void enter(Vertex vertex) {
        Boolean state = isDone.get(vertex);
        if (state == null) {
            isDone.put(vertex, false);
            path.push(new Frame(vertex, expansion.open(vertex).iterator()));
        } else if (!state) {
            problems.add(() -> cycle(vertex));
        }
    }

    /// The way from a vertex on the path back to itself, in the direction in which values would travel.
    private Problem cycle(Vertex vertex) {
        List<String> ids = new ArrayList<>();
        ids.add(vertex.id());
        for (Frame frame : path) {
            if (!ids.getLast().equals(frame.vertex.id())) {
                ids.add(frame.vertex.id());
            }
            if (frame.vertex.equals(vertex)) {
                break;
            }
        }
        if (ids.size() == 1) {
            ids.add(vertex.id());
        }
        String shown =
                ids.size() <= LONGEST_PATH_SHOWN
                        ? String.join(" → ", ids)
                        : String.join(" → ", ids.subList(0, LONGEST_PATH_SHOWN / 2))
                                + " → … → "
                                + String.join(" → ", ids.subList(ids.size() - LONGEST_PATH_SHOWN / 2, ids.size()));
        return new Problem(
                "engine/cycle",
                vertex.id(),
                null,
                null,
                "The node needs its own result: " + shown + '.',
                "Remove one of these links.");
    }
}
