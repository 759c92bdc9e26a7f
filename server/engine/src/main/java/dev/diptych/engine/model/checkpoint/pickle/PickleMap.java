// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.checkpoint.pickle;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// A dictionary. Keys are numbers, texts and names by their value, all else by identity, so that looking up never walks a structure.
public final class PickleMap implements PickleValue {
    private final Map<PickleValue, PickleValue> entries = new LinkedHashMap<>();

    public PickleMap() {}

    /// With one entry.
    public static PickleMap of(PickleValue key, PickleValue value) {
        PickleMap map = new PickleMap();
        map.put(key, value);
        return map;
    }

    /// In the order in which they were written. Unmodifiable.
    public Map<PickleValue, PickleValue> entries() {
        return Collections.unmodifiableMap(entries);
    }

    @Override
    public Optional<PickleValue> get(String key) {
        return Optional.ofNullable(entries.get(new Text(key)));
    }

    void put(PickleValue key, PickleValue value) {
        entries.put(key, value);
    }

    /// Takes over the entries of another dictionary.
    ///
    /// @return this
    public PickleMap with(PickleMap other) {
        entries.putAll(other.entries);
        return this;
    }
}
