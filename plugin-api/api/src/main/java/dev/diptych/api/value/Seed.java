// SPDX-License-Identifier: Apache-2.0

package dev.diptych.api.value;

/// The start of a random sequence. PyTorch's CPU generator with the same seed gives the same noise; it reads the lower 32 bits.
///
/// @param value read as unsigned: -1 is 2^64 - 1
public record Seed(long value) {
    /// The seed of the element at `index` in a list that a node is mapped over; after 2^64 - 1 comes 0.
    public Seed plus(long index) {
        return new Seed(value + index);
    }

    /// A source of numbers at the start of this seed's sequence.
    public NoiseGenerator generator() {
        return new NoiseGenerator(this);
    }

    /// Unsigned decimal, as it is written in a document.
    @Override
    public String toString() {
        return Long.toUnsignedString(value);
    }
}
