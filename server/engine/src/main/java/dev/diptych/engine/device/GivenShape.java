// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.device;

import dev.diptych.api.value.Tensor;

import java.util.Arrays;

/// Type and sizes of what a call is given: a tensor, or a value that stayed on the device.
record GivenShape(Tensor.Type type, int[] sizes) {
    static GivenShape of(Tensor tensor) {
        return new GivenShape(tensor.type(), tensor.shape());
    }

    boolean isOf(Tensor tensor) {
        boolean isSame = tensor.type() == type && tensor.rank() == sizes.length;
        for (int i = 0; isSame && i < sizes.length; i++) {
            isSame = tensor.size(i) == sizes[i];
        }
        return isSame;
    }

    /// A value in whatever number format counts as float32.
    static GivenShape of(TensorFunctions.View view) {
        Tensor.Type type =
                switch (view.scalarType()) {
                    case 4 -> Tensor.Type.INT64;
                    case 0, 11 -> Tensor.Type.UINT8;
                    default -> Tensor.Type.FLOAT32;
                };
        return new GivenShape(type, Arrays.stream(view.shape()).mapToInt(Math::toIntExact).toArray());
    }

    @Override
    public String toString() {
        return type + " of shape " + Arrays.toString(sizes);
    }
}
