// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.device;

import dev.diptych.api.value.Tensor;

import org.jspecify.annotations.Nullable;

import java.util.List;

/// The inputs of a call that have no rows. Calls are joined only if theirs are equal: the same objects, or else the same content.
record SharedInputs(List<Tensor> tensors) {
    @Override
    public boolean equals(@Nullable Object other) {
        if (!(other instanceof SharedInputs that) || tensors.size() != that.tensors.size()) {
            return false;
        }
        for (int i = 0; i < tensors.size(); i++) {
            Tensor mine = tensors.get(i);
            Tensor others = that.tensors.get(i);
            if (mine != others && !mine.equals(others)) {
                return false;
            }
        }
        return true;
    }

    /// Of the shapes only, because content may be large.
    @Override
    public int hashCode() {
        return tensors.stream().mapToInt(tensor -> java.util.Arrays.hashCode(tensor.shape())).sum();
    }
}
