// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.checkpoint.keymap;

import dev.diptych.engine.model.checkpoint.StoredTensor;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/// What is done to a tensor on its way from the left layout to the right one; undone on the way back.
sealed interface TensorOperation {
    /// Nothing.
    record Same() implements TensorOperation {}

    /// Rows and columns of a matrix change places.
    record Transpose() implements TensorOperation {}

    /// Trailing dimensions of size 1 are dropped: a convolution of size 1 becomes a linear map.
    record Squeeze(int count) implements TensorOperation {}

    /// A dimension of size 1 is put in front: (n) becomes (1, n).
    record Row() implements TensorOperation {}

    /// The first dimension is cut into equal parts, one after the other.
    record Rows() implements TensorOperation {}

    /// The first dimension holds for each head in turn that head's rows of each part.
    ///
    /// @param size rows of a head in one part
    record Heads(int size) implements TensorOperation {}

    /// Reads `squeeze 1, heads head`. At least one; the numbers are expressions.
    static List<TensorOperation> parse(String text, Map<String, Integer> variables) {
        List<TensorOperation> operations = new ArrayList<>();
        for (String part : text.split(",")) {
            String[] words = part.strip().split(" ", 2);
            int number = words.length < 2 ? 0 : Expression.evaluate(words[1], variables, List.of());
            operations.add(
                    switch (words[0]) {
                        case "" -> new Same();
                        case "transpose" -> new Transpose();
                        case "squeeze" -> new Squeeze(number);
                        case "row" -> new Row();
                        case "rows" -> new Rows();
                        case "heads" -> new Heads(number);
                        default -> throw new IllegalStateException("No operation: " + part);
                    });
        }
        return operations;
    }

    /// From left to right.
    ///
    /// @param parts how many tensors are wanted: more than one for [Rows] and [Heads] only
    /// @throws IllegalArgumentException if the shape does not allow it
    default List<StoredTensor> apply(StoredTensor tensor, int parts) {
        return switch (this) {
            case Same() -> List.of(tensor);
            case Transpose() -> List.of(LazyTensors.transposed(tensor));
            case Squeeze(int count) -> List.of(squeezed(tensor, count));
            case Row() -> List.of(tensor.reshaped(extended(tensor.shape(), 1, 0)));
            case Rows() -> LazyTensors.split(tensor, parts, tensor.shape().length == 0 ? 0 : tensor.shape()[0] / parts);
            case Heads(int size) -> LazyTensors.split(tensor, parts, size);
        };
    }

    /// From right to left.
    default StoredTensor undo(List<StoredTensor> tensors) {
        StoredTensor first = tensors.getFirst();
        return switch (this) {
            case Same() -> first;
            case Transpose() -> LazyTensors.transposed(first);
            case Squeeze(int count) -> first.reshaped(extended(first.shape(), 0, count));
            case Row() -> first.reshaped(Arrays.copyOfRange(first.shape(), 1, first.shape().length));
            case Rows() -> LazyTensors.joined(tensors, first.shape().length == 0 ? 0 : first.shape()[0]);
            case Heads(int size) -> LazyTensors.joined(tensors, size);
        };
    }

    /// Tensors that have no such dimensions are left as they are: some authors dropped them already.
    private static StoredTensor squeezed(StoredTensor tensor, int count) {
        long[] shape = tensor.shape();
        for (int i = Math.max(0, shape.length - count); i < shape.length; i++) {
            if (shape[i] != 1) {
                return tensor;
            }
        }
        return shape.length <= count ? tensor : tensor.reshaped(Arrays.copyOf(shape, shape.length - count));
    }

    private static long[] extended(long[] shape, int before, int after) {
        long[] extended = new long[before + shape.length + after];
        Arrays.fill(extended, 1);
        System.arraycopy(shape, 0, extended, before, shape.length);
        return extended;
    }
}
