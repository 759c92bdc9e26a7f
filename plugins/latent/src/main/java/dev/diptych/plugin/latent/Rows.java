// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.latent;

import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.diffusion.arithmetic.TensorMath;

/// Batches as networks take them.
final class Rows {
    private Rows() {}

    /// The same time for each row.
    static Tensor times(double timestep, int rows) {
        return TensorMath.filled(timestep, rows);
    }
}
