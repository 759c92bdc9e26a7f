// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.graph;

import java.util.IdentityHashMap;
import java.util.Map;

/// Keeps what is put together from other sources within bounds. One such source may stand in several others, so that a small document could
/// mean a tree without end.
final class GatheredSizes {
    private static final int DEEPEST = 100;
    private static final Size SINGLE = new Size(1, 0);

    private final int limit;
    private final Map<Plan.Source, Size> sizes = new IdentityHashMap<>();
    private long used;

    private record Size(long sources, int depth) {}

    /// @param limit of the sources that all nodes and outputs use together, besides single ones
    GatheredSizes(int limit) {
        this.limit = limit;
    }

    Plan.Source.Gathered made(Plan.Source.Gathered gathered) {
        long sources = 1;
        int depth = 0;
        for (Plan.Part part : gathered.parts()) {
            Size size = sizes.getOrDefault(part.source(), SINGLE);
            sources = Math.min(sources + size.sources, Integer.MAX_VALUE);
            depth = Math.max(depth, size.depth);
        }
        if (depth >= DEEPEST || TypeRules.lists(gathered.type()) > DEEPEST) {
            throw Expansion.tooLarge("lists inside one another", DEEPEST);
        }
        sizes.put(gathered, new Size(sources, depth + 1));
        return gathered;
    }

    Plan.Source used(Plan.Source source) {
        Size size = sizes.get(source);
        if (size != null) {
            used += size.sources;
            if (used > limit) {
                throw Expansion.tooLarge("links", limit);
            }
        }
        return source;
    }
}
