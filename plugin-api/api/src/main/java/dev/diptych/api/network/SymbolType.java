// SPDX-License-Identifier: Apache-2.0

package dev.diptych.api.network;

/// What the elements of a [Symbol] are.
public enum SymbolType {
    /// Floating point in the number format that the network runs in: float32, bfloat16 or float16, chosen when it is loaded.
    FLOAT,
    /// float32 whatever the network runs in: for what must not be rounded, such as times and frequencies.
    FLOAT32,
    /// Signed integers of 64 bits.
    INT64,
    /// 0 to 255.
    UINT8,
    /// True or false; only inside a network.
    BOOL;

    /// Whether arithmetic with fractions is possible.
    public boolean isFloat() {
        return this == FLOAT || this == FLOAT32;
    }
}
