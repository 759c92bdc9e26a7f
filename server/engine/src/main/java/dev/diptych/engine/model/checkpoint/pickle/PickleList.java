// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.checkpoint.pickle;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;

/// A list, tuple or set.
public final class PickleList implements PickleValue {
    /// What Python calls it.
    public enum Kind {
        LIST,
        TUPLE,
        SET
    }

    private final Kind kind;
    private final List<PickleValue> items;

    public PickleList(Kind kind, Collection<? extends PickleValue> items) {
        this.kind = kind;
        this.items = new ArrayList<>(items);
    }

    public Kind kind() {
        return kind;
    }

    /// In the order in which they were written. Unmodifiable.
    public List<PickleValue> items() {
        return Collections.unmodifiableList(items);
    }

    void add(PickleValue item) {
        items.add(item);
    }
}
