// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.checkpoint.pickle;

import java.util.ArrayList;
import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/// Refuses values that contain themselves or nest too deep, so that those who walk them need no care. Visits each value once.
final class PickleDepth {
    private static final int DEEPEST = 200;

    private final Map<PickleValue, Integer> heights = new IdentityHashMap<>();

    private PickleDepth() {}

    static void check(PickleValue value) {
        new PickleDepth().height(value, 0);
    }

    private int height(PickleValue value, int depth) {
        Integer known = heights.get(value);
        if (known != null) {
            if (known < 0) {
                throw new PickleException("A value contains itself.");
            }
            requireShallow(depth + known);
            return known;
        }
        List<Collection<PickleValue>> children = children(value);
        if (children.isEmpty()) {
            return 0;
        }
        requireShallow(depth);
        heights.put(value, -1);
        int height = 0;
        for (Collection<PickleValue> group : children) {
            for (PickleValue child : group) {
                height = Math.max(height, 1 + height(child, depth + 1));
            }
        }
        heights.put(value, height);
        return height;
    }

    private static void requireShallow(int depth) {
        if (depth > DEEPEST) {
            throw new PickleException("Its values nest deeper than " + DEEPEST + " levels.");
        }
    }

    private static List<Collection<PickleValue>> children(PickleValue value) {
        return switch (value) {
            case PickleList list -> List.of(list.items());
            case PickleMap map -> List.of(map.entries().keySet(), map.entries().values());
            case PickleObject object -> {
                List<Collection<PickleValue>> children = new ArrayList<>();
                children.add(List.of(object.arguments(), object.entries(), object.items()));
                object.state().ifPresent(state -> children.add(List.of(state)));
                yield children;
            }
            default -> List.of();
        };
    }
}
