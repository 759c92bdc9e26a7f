// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.checkpoint.keymap;

import dev.diptych.engine.model.checkpoint.StoredTensor;

import org.jspecify.annotations.Nullable;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// A key map's rules with all loops run: which name, or beginning of names, becomes which.
final class KeyTable {
    /// @param left  a name, or the beginning of names up to a dot
    /// @param right what it becomes; several if `left` is fused
    record Entry(String left, List<String> right, List<TensorOperation> operations) {
        /// What is done to a tensor is done to this one, not to others whose names begin so.
        boolean isWholeName() {
            return !operations.equals(List.of(new TensorOperation.Same()));
        }

        /// From left to right. Only the last operation takes a tensor apart.
        List<StoredTensor> apply(StoredTensor tensor) {
            StoredTensor whole = tensor;
            for (TensorOperation operation : operations.subList(0, operations.size() - 1)) {
                whole = operation.apply(whole, 1).getFirst();
            }
            return operations.getLast().apply(whole, right.size());
        }

        /// From right to left.
        StoredTensor undo(List<StoredTensor> parts) {
            StoredTensor whole = operations.getLast().undo(parts);
            for (TensorOperation operation : operations.subList(0, operations.size() - 1).reversed()) {
                whole = operation.undo(List.of(whole));
            }
            return whole;
        }
    }

    /// A name and the entry it falls under.
    ///
    /// @param before what precedes the entry's name, where that may stand anywhere
    /// @param rest   what follows it
    /// @param part   which of the entry's right names it is
    record Match(Entry entry, String before, String rest, int part) {}

    private record Place(Entry entry, int part) {}

    private static final String ANYWHERE = "**.";

    private final Map<String, Place> leftPlaces = new HashMap<>();
    private final Map<String, Place> rightPlaces = new HashMap<>();
    private boolean hasAnywhere;

    void add(Entry entry) {
        leftPlaces.putIfAbsent(entry.left(), new Place(entry, 0));
        for (int part = 0; part < entry.right().size(); part++) {
            rightPlaces.putIfAbsent(entry.right().get(part), new Place(entry, part));
        }
        hasAnywhere |= entry.left().startsWith(ANYWHERE);
    }

    /// The entry for a name of one layout: the longest beginning wins.
    @Nullable Match find(String name, boolean isLeft) {
        Map<String, Place> places = isLeft ? leftPlaces : rightPlaces;
        Match match = find("", name, "", places);
        for (int start = name.indexOf('.') + 1;
                match == null && hasAnywhere && start > 0;
                start = name.indexOf('.', start) + 1) {
            match = find(ANYWHERE, name.substring(start), name.substring(0, start), places);
        }
        return match;
    }

    private static @Nullable Match find(String mark, String name, String before, Map<String, Place> places) {
        for (int end = name.length(); end > 0; end = name.lastIndexOf('.', end - 1)) {
            Place place = places.get(mark + name.substring(0, end));
            if (place != null && (end == name.length() || !place.entry().isWholeName())) {
                return new Match(place.entry(), before, name.substring(end), place.part());
            }
        }
        return null;
    }

    /// A name of an entry without the mark that it may stand anywhere.
    static String bare(String name) {
        return name.startsWith(ANYWHERE) ? name.substring(ANYWHERE.length()) : name;
    }
}
