// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.device;

import dev.diptych.engine.model.checkpoint.ElementType;

/// libtorch's numbers for element types (`c10/core/ScalarType.h`).
final class ScalarTypes {
    private ScalarTypes() {}

    static int of(ElementType type) {
        return switch (type) {
            case U8 -> 0;
            case I8 -> 1;
            case I16 -> 2;
            case I32 -> 3;
            case I64 -> 4;
            case F16 -> 5;
            case F32 -> 6;
            case F64 -> 7;
            case BOOL -> 11;
            case BF16 -> 15;
            case F8_E5M2 -> 23;
            case F8_E4M3 -> 24;
            case U16 -> 27;
            case U32 -> 28;
            case U64 -> 29;
        };
    }

    /// The size of an element.
    static int bytes(int scalarType) {
        return switch (scalarType) {
            case 0, 1, 11, 23, 24 -> 1;
            case 2, 5, 15, 27 -> 2;
            case 3, 6, 28 -> 4;
            case 4, 7, 29 -> 8;
            default -> throw new IllegalArgumentException("libtorch's element type " + scalarType);
        };
    }
}
