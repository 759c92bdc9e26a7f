// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.checkpoint;

import java.util.Optional;

/// The types of elements that files hold. Names are safetensors' own.
public enum ElementType {
    F64(8, true),
    F32(4, true),
    F16(2, true),
    /// The upper half of a float32.
    BF16(2, true),
    /// Four bits of exponent, three of mantissa, no infinity. Micikevicius et al., "FP8 Formats for Deep Learning", arXiv:2209.05433.
    F8_E4M3(1, true),
    /// Five bits of exponent, two of mantissa: the upper half of a float16.
    F8_E5M2(1, true),
    I64(8, false),
    I32(4, false),
    I16(2, false),
    I8(1, false),
    U64(8, false),
    U32(4, false),
    U16(2, false),
    U8(1, false),
    /// One byte, 0 or 1.
    BOOL(1, false);

    private final int bytes;
    private final boolean isFloating;

    ElementType(int bytes, boolean isFloating) {
        this.bytes = bytes;
        this.isFloating = isFloating;
    }

    /// The size of one element.
    public int bytes() {
        return bytes;
    }

    /// Whether the elements are floating-point numbers.
    public boolean isFloating() {
        return isFloating;
    }

    /// @param name as safetensors has it, for example `F16`
    public static Optional<ElementType> named(String name) {
        for (ElementType type : values()) {
            if (type.name().equals(name)) {
                return Optional.of(type);
            }
        }
        return Optional.empty();
    }
}
