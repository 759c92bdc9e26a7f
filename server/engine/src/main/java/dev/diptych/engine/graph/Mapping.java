// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.graph;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// How many of a source's outermost lists each enclosing nested workflow adds, because it is itself mapped over lists. The outermost workflow comes first.
record Mapping(List<Integer> listsOfLevels) {
    Mapping {
        listsOfLevels = List.copyOf(listsOfLevels);
    }

    static Mapping none(int level) {
        return new Mapping(IntStream.range(0, level).mapToObj(_ -> 0).toList());
    }

    int total() {
        return listsOfLevels.stream().mapToInt(Integer::intValue).sum();
    }

    /// Of two sources of one node. Null when their lists are not the same ones from outside inwards, as far as both have any.
    @Nullable Mapping join(Mapping other) {
        boolean isThisEnded = false;
        boolean isOtherEnded = false;
        for (int level = 0; level < listsOfLevels.size(); level++) {
            int mine = listsOfLevels.get(level);
            int others = other.listsOfLevels.get(level);
            if (isThisEnded && mine > 0 || isOtherEnded && others > 0) {
                return null;
            }
            isThisEnded |= mine < others;
            isOtherEnded |= others < mine;
        }
        return isThisEnded ? other : this;
    }

    Mapping enter(int depth) {
        return new Mapping(Stream.concat(listsOfLevels.stream(), Stream.of(depth)).toList());
    }

    Mapping leave() {
        return new Mapping(listsOfLevels.subList(0, listsOfLevels.size() - 1));
    }
}
