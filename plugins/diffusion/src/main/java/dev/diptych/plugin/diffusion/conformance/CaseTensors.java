// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.conformance;

import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.diffusion.arithmetic.Slices;

import java.util.Arrays;
import java.util.List;

/// Tensors as cases hold them.
final class CaseTensors {
    private CaseTensors() {}

    /// Tensors of one shape, along a new first dimension.
    static Tensor stack(List<Tensor> tensors) {
        int[] shape = tensors.getFirst().shape();
        int size = tensors.getFirst().length();
        float[] out = new float[size * tensors.size()];
        for (int i = 0; i < tensors.size(); i++) {
            System.arraycopy(tensors.get(i).floats(), 0, out, i * size, size);
        }
        int[] stacked = new int[shape.length + 1];
        stacked[0] = tensors.size();
        System.arraycopy(shape, 0, stacked, 1, shape.length);
        return Tensor.ofFloats(out, stacked);
    }

    /// The tensors along the first dimension.
    static List<Tensor> unstack(Tensor stacked) {
        int[] inner = Arrays.copyOfRange(stacked.shape(), 1, stacked.rank());
        Tensor[] tensors = new Tensor[stacked.size(0)];
        for (int i = 0; i < tensors.length; i++) {
            tensors[i] = Slices.samples(stacked, i, i + 1).reshaped(inner);
        }
        return List.of(tensors);
    }

    static Tensor floats(double[] values) {
        float[] out = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            out[i] = (float) values[i];
        }
        return Tensor.ofFloats(out, out.length);
    }

    static Tensor longs(int[] values) {
        return Tensor.ofLongs(Arrays.stream(values).asLongStream().toArray(), values.length);
    }
}
