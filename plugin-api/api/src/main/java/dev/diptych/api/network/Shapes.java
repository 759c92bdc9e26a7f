// SPDX-License-Identifier: Apache-2.0

package dev.diptych.api.network;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;

/// The rules of shapes.
final class Shapes {
    private Shapes() {}

    static List<Size> sizes(Object... shape) {
        List<Size> sizes = new ArrayList<>();
        for (Object size : shape) {
            sizes.add(size(size));
        }
        return List.copyOf(sizes);
    }

    static Size size(Object size) {
        return switch (size) {
            case Size given -> given;
            case Integer number -> Size.of(number);
            case Long number -> Size.of(number);
            default -> throw new DescriptionException("%s is no size; give an int, a long or a Size.", size);
        };
    }

    static Size product(List<Size> shape) {
        Size product = Size.of(1);
        for (Size size : shape) {
            product = product.times(size);
        }
        return product;
    }

    /// Whether the two are known to differ, whatever a call decides.
    static boolean clash(Size a, Size b) {
        return a.minus(b).isNeverZero();
    }

    /// The shape that two tensors have together, by PyTorch's rule: from the last dimension on, 1 stretches.
    ///
    /// @return null if they do not fit
    static @Nullable List<Size> broadcast(List<Size> a, List<Size> b) {
        int rank = Math.max(a.size(), b.size());
        List<Size> result = new ArrayList<>();
        for (int i = 0; i < rank; i++) {
            int inA = i - (rank - a.size());
            int inB = i - (rank - b.size());
            Size x = inA < 0 ? Size.of(1) : a.get(inA);
            Size y = inB < 0 ? Size.of(1) : b.get(inB);
            if (x.is(1)) {
                result.add(y);
            } else if (y.is(1)) {
                result.add(x);
            } else if (clash(x, y)) {
                return null;
            } else {
                result.add(x.isKnown() ? x : y.isKnown() ? y : x);
            }
        }
        return List.copyOf(result);
    }

    /// What a convolution or pooling makes of one dimension.
    static Size windowed(Size size, long kernel, long stride, long padding, long dilation) {
        return size.plus(2 * padding - dilation * (kernel - 1) - 1).dividedBy(stride).plus(1);
    }

    /// The shape with one size replaced.
    static List<Size> with(List<Size> shape, int dimension, Size size) {
        List<Size> result = new ArrayList<>(shape);
        result.set(dimension, size);
        return List.copyOf(result);
    }
}
