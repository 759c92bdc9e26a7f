// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.checkpoint;

import java.util.Arrays;
import java.util.stream.Collectors;

/// Arithmetic on shapes that come from files, and so may be anything.
public final class Shapes {
    /// More dimensions than any published tensor has.
    static final int MOST_DIMENSIONS = 32;

    private Shapes() {}

    /// The number of bytes, or -1 if a size is negative or the product of the sizes (zeros aside) does not fit a long.
    static long bytes(long[] shape, ElementType type) {
        long product = type.bytes();
        boolean isEmpty = false;
        for (long size : shape) {
            if (size < 0) {
                return -1;
            }
            isEmpty |= size == 0;
            long factor = Math.max(1, size);
            if (Math.multiplyHigh(product, factor) != 0 || product * factor < 0) {
                return -1;
            }
            product *= factor;
        }
        return isEmpty ? 0 : product;
    }

    /// As messages show shapes: `(320, 4, 3, 3)`, `(768,)`, `()`.
    public static String text(long[] shape) {
        if (shape.length == 1) {
            return "(" + shape[0] + ",)";
        }
        return Arrays.stream(shape).mapToObj(Long::toString).collect(Collectors.joining(", ", "(", ")"));
    }
}
