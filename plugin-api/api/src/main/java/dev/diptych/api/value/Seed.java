// SPDX-License-Identifier: Apache-2.0

package dev.diptych.api.value;

/// The start of a random sequence: all 64 bits count. PyTorch's CPU generator with the same seed gives the same noise.
///
/// @param value read as unsigned: -1 is 2^64 - 1
public record Seed(long value) {
    /// The seed of the element at `index` in a list that a node is mapped over; after 2^64 - 1 comes 0.
    public Seed plus(long index) {
        return new Seed(value + index);
    }

    /// Unsigned decimal, as it is written in a document.
    @Override
    public String toString() {
        return Long.toUnsignedString(value);
    }
}
