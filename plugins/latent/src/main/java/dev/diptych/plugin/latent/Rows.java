// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.latent;

import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.diffusion.arithmetic.Slices;
import dev.diptych.plugin.diffusion.arithmetic.TensorMath;

/// Batches as networks take them.
final class Rows {
    private Rows() {}

    /// The same time for each row.
    static Tensor times(double timestep, int rows) {
        return TensorMath.filled(timestep, rows);
    }

    /// The batch over and over, until there are as many rows.
    ///
    /// @throws IllegalArgumentException if the batch does not fit into that number
    static Tensor repeated(Tensor batch, int rows) {
        if (rows % batch.size(0) != 0) {
            throw new IllegalArgumentException(batch.size(0) + " rows cannot be repeated to " + rows);
        }
        Tensor all = batch;
        while (all.size(0) < rows) {
            all = Slices.joinSamples(all, batch);
        }
        return all;
    }
}
