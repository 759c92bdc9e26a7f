// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.network;

import dev.diptych.api.model.Config;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/// How many blocks each transformer has. A configuration gives one number for all, one for each level, or a list for a level's transformers; the way up is
/// the way down turned around, unless it has a list of its own.
final class TransformerDepths {
    private static final String DOWN = "transformer_layers_per_block";
    private static final String UP = "reverse_transformer_layers_per_block";

    private final Config config;
    private final List<?> down;
    private final List<?> up;

    TransformerDepths(Config config, int levels) {
        this.config = config;
        down = config.value(DOWN) instanceof List<?> list ? list : Collections.nCopies(levels, config.integer(DOWN, 1));
        boolean isNested = down.stream().anyMatch(List.class::isInstance);
        if (isNested && !config.has(UP)) {
            throw config.unsupported(DOWN, "lists in a list need " + UP + " beside them");
        }
        up = config.has(UP) ? config.list(UP) : down.reversed();
        if (down.size() != levels || up.size() != levels) {
            throw config.unsupported(
                    down.size() != levels ? DOWN : UP, "needs a value for each of " + levels + " blocks");
        }
    }

    /// Of the transformers of a level on the way down.
    List<Integer> down(int level, int count) {
        return depths(DOWN, down.get(level), count);
    }

    /// Of the transformers of a level on the way up, counted from the lowest.
    List<Integer> up(int level, int count) {
        return depths(UP, up.get(level), count);
    }

    /// Of the transformer in the middle.
    int mid() {
        return depths(DOWN, down.getLast(), 1).getFirst();
    }

    private List<Integer> depths(String key, Object value, int count) {
        if (!(value instanceof List<?> elements)) {
            return Collections.nCopies(count, number(key, value));
        }
        if (elements.size() < count) {
            throw config.unsupported(key, elements + " has fewer than " + count + " values");
        }
        List<Integer> depths = new ArrayList<>();
        for (Object element : elements.subList(0, count)) {
            depths.add(number(key, element));
        }
        return depths;
    }

    private int number(String key, Object value) {
        if (value instanceof Number number && number.intValue() == number.doubleValue() && number.intValue() >= 0) {
            return number.intValue();
        }
        throw config.unsupported(key, value + " is no number of blocks");
    }
}
