// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion;

import dev.diptych.api.node.Default;
import dev.diptych.api.node.Help;
import dev.diptych.api.node.Node;
import dev.diptych.api.node.NodeContext;
import dev.diptych.api.node.NodeType;
import dev.diptych.api.node.Range;
import dev.diptych.api.value.Image;
import dev.diptych.api.value.Latent;
import dev.diptych.api.value.ModelReference;
import dev.diptych.api.value.NoiseGenerator;
import dev.diptych.api.value.Seed;
import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.diffusion.arithmetic.TensorMath;
import dev.diptych.plugin.diffusion.inversion.LatentOrigin;

import org.pf4j.Extension;

import java.util.Map;
import java.util.Optional;

/// Where sampling begins: x_T.
@Extension
@NodeType(
        id = "diffusion/noise",
        title = "Noise",
        group = "Diffusion",
        description =
                "Draws the noise that sampling begins with. The same noise gives the same picture each time: give one noise to several methods or numbers of steps to compare them. The numbers are those of PyTorch's generator on a processor.")
public final class Noise implements Node<Noise.In, Noise.Out> {
    private static final int USUAL_SIDE = 64;

    public record In(
            @Help("A model that the noise is for, whose size and channels it gets; left open, what is set below")
                    Optional<ModelReference> model,
            @Help("Another seed, other noise") @Default("0") Seed seed,
            @Help("In pixels; left open, what the model makes, or 64") @Range(min = 1, max = 4096, step = 1)
                    Optional<Integer> width,
            @Help("In pixels; left open, what the model makes, or 64") @Range(min = 1, max = 4096, step = 1)
                    Optional<Integer> height,
            @Help("Of the noise; left open, those of the model, or 3") @Range(min = 1, max = 64, step = 1)
                    Optional<Integer> channels) {}

    public record Out(
            @Help("For diffusion/sample") Latent latent,
            @Help("The noise as a picture; values beyond black and white are cut off") Image image,
            @Help("Its standard deviation, near 1") double deviation) {}

    @Override
    public Out run(In in, NodeContext context) {
        int[] shape = {1, in.channels().orElse(3), in.height().orElse(USUAL_SIDE), in.width().orElse(USUAL_SIDE)};
        if (in.model().isPresent()) {
            shape = PixelModel.of(context, in.model().get()).shape(in.height().orElse(null), in.width().orElse(null));
            shape[1] = in.channels().orElse(shape[1]);
        }
        Tensor noise = new NoiseGenerator(in.seed()).normal(shape);
        return new Out(
                new Latent(noise, Map.of(LatentOrigin.MADE_BY, LatentOrigin.NOISE, "seed", in.seed().toString())),
                Channels.image(noise),
                noise.length() < 2 ? 0 : TensorMath.standardDeviations(noise)[0]);
    }
}
