// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.solver;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.diffusion.arithmetic.Slices;

import org.jspecify.annotations.Nullable;

import java.util.Arrays;

/// A network's output, cut into what it predicts and what it says of the variance.
///
/// @param prediction of x's shape
/// @param variance   of x's shape, or null if the network says nothing of it
public record NetworkOutput(Tensor prediction, @Nullable Tensor variance) {

    /// Cuts by channels: as many as x has are the prediction, as many again the variance.
    ///
    /// @throws NodeException `diffusion/output-shape` if the output has another shape
    public static NetworkOutput of(Tensor x, Tensor output) {
        int[] shape = x.shape();
        if (Arrays.equals(shape, output.shape())) {
            return new NetworkOutput(output, null);
        }
        if (shape.length >= 2) {
            int channels = shape[1];
            shape[1] = 2 * channels;
            if (Arrays.equals(shape, output.shape())) {
                return new NetworkOutput(
                        Slices.channels(output, 0, channels), Slices.channels(output, channels, 2 * channels));
            }
        }
        throw NodeException.user(
                "diffusion/output-shape",
                "The network gave %s for an input of %s; the same shape is needed, or twice the channels.",
                Arrays.toString(output.shape()),
                Arrays.toString(x.shape()));
    }

    /// The variance channels.
    ///
    /// @throws NodeException `diffusion/output-shape` if there are none
    public Tensor learnedVariance() {
        if (variance == null) {
            throw NodeException.user(
                            "diffusion/output-shape",
                            "The schedule's variance is learned, but the network gave no channels for it: %s.",
                            Arrays.toString(prediction.shape()))
                    .next(
                            "Use \"fixed_small\" or \"fixed_large\" as variance_type, or a network with twice the channels.");
        }
        return variance;
    }
}
