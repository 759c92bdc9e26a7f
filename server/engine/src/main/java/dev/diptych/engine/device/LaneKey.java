// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.device;

import dev.diptych.api.value.Tensor;
import dev.diptych.engine.device.torchscript.NumberFormat;

import java.util.Arrays;
import java.util.List;

/// What the time and memory of a call depend on besides its rows.
///
/// @param identity of the component
/// @param function its number in the network
/// @param kind     of computation: a call, a call with values that stay, or a gradient of what
/// @param shapes   of the inputs, without the rows of those that have them
record LaneKey(String identity, NumberFormat format, int function, Object kind, List<Shape> shapes) {
    record Shape(Tensor.Type type, List<Integer> sizes) {
        static Shape of(Tensor tensor, boolean hasRows) {
            List<Integer> sizes = Arrays.stream(tensor.shape()).boxed().toList();
            return new Shape(tensor.type(), hasRows ? sizes.subList(1, sizes.size()) : sizes);
        }
    }
}
