// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.device;

import dev.diptych.api.value.Tensor;

import java.util.Arrays;
import java.util.List;

/// Tensors cut and joined along their first dimension.
final class Rows {
    private Rows() {}

    static Tensor of(Tensor tensor, int first, int count) {
        int[] shape = tensor.shape();
        int each = tensor.length() / shape[0];
        shape[0] = count;
        int from = first * each;
        int to = (first + count) * each;
        return switch (tensor.type()) {
            case FLOAT32 -> Tensor.ofFloats(Arrays.copyOfRange(tensor.floats(), from, to), shape);
            case INT64 -> Tensor.ofLongs(Arrays.copyOfRange(tensor.longs(), from, to), shape);
            case UINT8 -> Tensor.ofBytes(Arrays.copyOfRange(tensor.bytes(), from, to), shape);
        };
    }

    /// @param parts of one type, and of one shape but for the first size
    static Tensor joined(List<Tensor> parts) {
        int[] shape = parts.getFirst().shape();
        shape[0] = parts.stream().mapToInt(part -> part.size(0)).sum();
        int length = parts.stream().mapToInt(Tensor::length).sum();
        Object data =
                switch (parts.getFirst().type()) {
                    case FLOAT32 -> new float[length];
                    case INT64 -> new long[length];
                    case UINT8 -> new byte[length];
                };
        int at = 0;
        for (Tensor part : parts) {
            Object source =
                    switch (part.type()) {
                        case FLOAT32 -> part.floats();
                        case INT64 -> part.longs();
                        case UINT8 -> part.bytes();
                    };
            System.arraycopy(source, 0, data, at, part.length());
            at += part.length();
        }
        return switch (data) {
            case float[] floats -> Tensor.ofFloats(floats, shape);
            case long[] longs -> Tensor.ofLongs(longs, shape);
            case byte[] bytes -> Tensor.ofBytes(bytes, shape);
            default -> throw new AssertionError();
        };
    }
}
