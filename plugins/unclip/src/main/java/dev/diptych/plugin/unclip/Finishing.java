// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.unclip;

import dev.diptych.api.node.NodeContext;
import dev.diptych.api.value.Image;
import dev.diptych.api.value.ModelReference;
import dev.diptych.api.value.NoiseGenerator;
import dev.diptych.api.value.Seed;
import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.diffusion.picture.Pictures;

/// What the nodes that do all in one share: enlarging what they have made, if the model can.
final class Finishing {
    private Finishing() {}

    /// @param small (1, 3, side, side), -1 to 1
    /// @return as large as the model makes it; the small one if it has no super-resolution
    static Image large(NodeContext context, ModelReference model, Tensor small) {
        return Pictures.image(
                context.components(model).contains(UnclipUpsampler.FIRST)
                        ? new UnclipUpsampler(context, model)
                                .enlarge(small, UnclipUpsampler.USUAL_STEPS, new NoiseGenerator(new Seed(0))::normal)
                        : small,
                0);
    }
}
