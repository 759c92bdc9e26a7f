// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion;

import dev.diptych.api.error.NodeException;
import dev.diptych.plugin.diffusion.inversion.FoundPath;
import dev.diptych.plugin.diffusion.schedule.PredictionType;
import dev.diptych.plugin.diffusion.schedule.TimestepRespacing;

import java.util.List;

/// The levels that a deterministic sampler and the inversions that belong to it pass.
final class PixelPaths {
    private PixelPaths() {}

    /// Whole strides from timestep 0 where one gives exactly so many, else evenly spread with both ends.
    ///
    /// @return ascending
    /// @throws NodeException `diffusion/steps`
    static int[] timesteps(int trained, int steps) {
        requireSteps(steps, 1, trained);
        return TimestepRespacing.deterministic(trained, steps);
    }

    /// @throws NodeException `diffusion/steps`
    static void requireSteps(int steps, int least, int trained) {
        if (steps < least || steps > trained) {
            throw NodeException.user("diffusion/steps", "%d steps are outside %d … %d.", steps, least, trained);
        }
    }

    /// As [FoundPath#of], but for the method that ends at the first level.
    static FoundPath path(PixelProcess process, List<Integer> timesteps, InversionMethod method) {
        boolean endsAtFirst =
                method == InversionMethod.DIFFUSERS_FROM_FIRST_LEVEL && process.prediction() != PredictionType.SAMPLE;
        return endsAtFirst
                ? new FoundPath(timesteps, process.schedule().alphaCumulative(0))
                : FoundPath.of(process.schedule(), process.prediction(), timesteps);
    }
}
