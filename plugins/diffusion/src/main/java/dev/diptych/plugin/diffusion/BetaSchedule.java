// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.node.ValueType;
import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.diffusion.schedule.NoiseSchedule;

import java.util.Arrays;

/// A noise schedule as a value that travels along links.
///
/// @param betas (timesteps), float32, each above 0 and at most 1; the first for the least noise
@ValueType(id = "diffusion/noise-schedule", title = "Noise schedule", color = "#b0803c")
public record BetaSchedule(Tensor betas) {

    static BetaSchedule of(NoiseSchedule schedule) {
        double[] betas = schedule.betas();
        float[] rounded = new float[betas.length];
        for (int t = 0; t < rounded.length; t++) {
            rounded[t] = (float) betas[t];
        }
        return new BetaSchedule(Tensor.ofFloats(rounded, rounded.length));
    }

    /// @throws NodeException `diffusion/betas` if the tensor holds no schedule
    NoiseSchedule levels() {
        float[] values = betas.floats();
        double[] exact = new double[values.length];
        for (int t = 0; t < exact.length; t++) {
            exact[t] = values[t];
        }
        try {
            return NoiseSchedule.single(exact);
        } catch (IllegalArgumentException e) {
            throw NodeException.user(
                            "diffusion/betas",
                            "The schedule of shape %s cannot be used: %s.",
                            Arrays.toString(betas.shape()),
                            String.valueOf(e.getMessage()))
                    .next("Link the output of diffusion/schedule.")
                    .causedBy(e);
        }
    }
}
