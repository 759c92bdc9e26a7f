// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.diffusion.gaussian.GuidedSettings;
import dev.diptych.plugin.diffusion.guidance.Denoiser;
import dev.diptych.plugin.diffusion.guidance.Gradient;
import dev.diptych.plugin.diffusion.schedule.Betas;
import dev.diptych.plugin.diffusion.schedule.NoiseSchedule;
import dev.diptych.plugin.diffusion.schedule.PredictionType;
import dev.diptych.plugin.diffusion.schedule.VarianceType;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

class GuidedProcessTest {
    @Test
    void what_guides_hears_the_timesteps_that_a_network_with_rescaled_ones_hears() {
        GuidedProcess process =
                new GuidedProcess(
                        new GuidedSettings(
                                NoiseSchedule.ofBetas(Betas.linear(4000)),
                                PredictionType.EPSILON,
                                VarianceType.FIXED_LARGE,
                                true));
        Tensor x = Tensor.ofFloats(new float[1], 1, 1, 1, 1);
        List<Double> heard = new ArrayList<>();
        Denoiser network =
                (_, timestep) -> {
                    heard.add(timestep);
                    return x;
                };
        Gradient guide =
                (_, timestep) -> {
                    heard.add(timestep);
                    return x;
                };

        process.byTimesteps(network).predict(x, 3999);
        process.byTimesteps(guide).at(x, 3999);

        assertThat(heard).containsExactly(999.75, 999.75);
    }
}
