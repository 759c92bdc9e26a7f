// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.checkpoint;

import dev.diptych.engine.model.checkpoint.pickle.PickleException;
import dev.diptych.engine.model.checkpoint.pickle.PickleValue;

import java.lang.foreign.MemorySegment;
import java.util.function.Supplier;

/// A run of elements that tensors of a PyTorch file are views of.
///
/// @param data read when a tensor's data are
record TorchStorage(ElementType type, long elements, Supplier<MemorySegment> data) implements PickleValue.Leaf {

    /// The same bytes as elements of another type.
    TorchStorage as(ElementType newType) {
        return new TorchStorage(newType, elements * type.bytes() / newType.bytes(), data);
    }

    /// A view of it.
    ///
    /// @throws PickleException if the view does not fit
    TorchTensor view(long offset, long[] shape, long[] strides) {
        StridedTensor view = new StridedTensor(type, offset, shape, strides);
        String problem = view.problem(elements);
        if (problem != null) {
            throw new PickleException("A tensor does not fit its storage: " + problem + ".");
        }
        return new TorchTensor(view.over(data));
    }
}
