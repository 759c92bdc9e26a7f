// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion;

import dev.diptych.api.error.NodeException;
import dev.diptych.plugin.diffusion.inversion.DdimPath;
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

    /// @param ending ᾱ where the path ends at the picture's side
    static DdimPath path(PixelProcess process, List<Integer> timesteps, double ending) {
        return DdimPath.of(
                process.schedule(),
                timesteps.stream().mapToInt(Integer::intValue).toArray(),
                process.prediction(),
                ending);
    }

    /// Where a path ends: in a clean picture; or for a network that predicts pictures, of which the noise of a clean one cannot be told, at the first level.
    static double ending(PixelProcess process, List<Integer> timesteps, InversionMethod method) {
        if (process.prediction() == PredictionType.SAMPLE) {
            return process.schedule().alphaCumulative(timesteps.getFirst());
        }
        return method == InversionMethod.DIFFUSERS_FROM_FIRST_LEVEL ? process.schedule().alphaCumulative(0) : 1;
    }
}
