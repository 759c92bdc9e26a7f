// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.checkpoint.pickle;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Optional;

/// An instance of a class that is read as data: its class's name, what it was made from, its attributes, and its contents if it is a container.
public final class PickleObject implements PickleValue {
    private final Name type;
    private final PickleList arguments;
    private final PickleMap entries = new PickleMap();
    private final PickleList items = new PickleList(PickleList.Kind.LIST, List.of());
    private @Nullable PickleValue state;

    PickleObject(Name type, PickleList arguments) {
        this.type = type;
        this.arguments = arguments;
    }

    public Name type() {
        return type;
    }

    public PickleList arguments() {
        return arguments;
    }

    /// Its attributes: usually a dictionary.
    public Optional<PickleValue> state() {
        return Optional.ofNullable(state);
    }

    /// Its entries if its class is a kind of dictionary.
    public PickleMap entries() {
        return entries;
    }

    /// Its items if its class is a kind of list.
    public PickleList items() {
        return items;
    }

    @Override
    public Optional<PickleValue> get(String key) {
        return entries.get(key).or(() -> state == null ? Optional.empty() : state.get(key));
    }

    void build(PickleValue newState) {
        this.state = newState;
    }
}
