// SPDX-License-Identifier: Apache-2.0

package dev.diptych.api.network;

/// A table of rows, looked up by number.
public final class Embedding extends Module {
    private final Parameter weight;

    public Embedding(int count, int width) {
        weight = new Parameter(count, width);
    }

    /// int64 (…) → (…, width)
    public Symbol of(Symbol numbers) {
        return numbers.embedding(weight);
    }

    /// The whole table, (count, width).
    public Parameter table() {
        return weight;
    }
}
