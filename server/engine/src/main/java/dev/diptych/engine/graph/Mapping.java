// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.graph;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// How many of a source's outermost lists stem from each workflow around it being run over lists. The outermost workflow comes first.
record Mapping(List<Integer> listsOfWorkflows) {
    Mapping {
        listsOfWorkflows = List.copyOf(listsOfWorkflows);
    }

    /// @param level of the workflow, 0 for the outermost
    static Mapping none(int level) {
        return new Mapping(IntStream.rangeClosed(0, level).mapToObj(_ -> 0).toList());
    }

    /// Of an input of the outermost workflow.
    static Mapping outermost(int lists) {
        return new Mapping(List.of(lists));
    }

    int total() {
        return listsOfWorkflows.stream().mapToInt(Integer::intValue).sum();
    }

    /// Of what is made from two sources of one workflow: lists of the same workflow go in step, outermost first.
    Mapping join(Mapping other) {
        return new Mapping(
                IntStream.range(0, listsOfWorkflows.size())
                        .mapToObj(level -> Math.max(listsOfWorkflows.get(level), other.listsOfWorkflows.get(level)))
                        .toList());
    }

    /// Which of the lists of a joined mapping, and of the lists inside those, a source of this mapping has.
    ///
    /// @param own how many lists the source has inside those of its mapping
    List<Integer> levelsIn(Mapping joined, int own) {
        List<Integer> levels = new ArrayList<>();
        int outermost = 0;
        for (int level = 0; level < listsOfWorkflows.size(); level++) {
            for (int i = 0; i < listsOfWorkflows.get(level); i++) {
                levels.add(outermost + i);
            }
            outermost += joined.listsOfWorkflows.get(level);
        }
        for (int i = 0; i < own; i++) {
            levels.add(outermost + i);
        }
        return levels;
    }

    int innermost() {
        return listsOfWorkflows.getLast();
    }

    Mapping enter(int lists) {
        return new Mapping(Stream.concat(listsOfWorkflows.stream(), Stream.of(lists)).toList());
    }

    Mapping leave() {
        return new Mapping(listsOfWorkflows.subList(0, listsOfWorkflows.size() - 1));
    }
}
