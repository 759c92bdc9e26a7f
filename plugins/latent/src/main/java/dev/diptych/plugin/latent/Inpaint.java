// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.latent;

import dev.diptych.api.node.Default;
import dev.diptych.api.node.Help;
import dev.diptych.api.node.Multiline;
import dev.diptych.api.node.Node;
import dev.diptych.api.node.NodeContext;
import dev.diptych.api.node.NodeType;
import dev.diptych.api.node.Range;
import dev.diptych.api.value.Image;
import dev.diptych.api.value.Mask;
import dev.diptych.api.value.ModelReference;
import dev.diptych.api.value.NoiseGenerator;
import dev.diptych.api.value.Seed;
import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.diffusion.picture.Pictures;

import org.pf4j.Extension;

import java.util.Optional;

/// A picture with a part painted anew.
@Extension
@NodeType(
        id = "latent/inpaint",
        title = "Inpaint",
        group = "Stable Diffusion",
        description =
                "Paints a part of a picture anew with Stable Diffusion 1 or 2, as a caption of the whole says. Models for inpainting fit the part in best; with others, what lies outside the mask is put back at each step. What is kept passes through the autoencoder: lay the result over the picture with image/composite and the same mask to have it untouched.")
public final class Inpaint implements Node<Inpaint.In, Inpaint.Out> {
    public record In(
            @Help("A Stable Diffusion 1 or 2 folder, best one for inpainting") ModelReference model,
            @Help("Picture to paint in") Image image,
            @Help(
                            "Where to paint, of the picture's size; covered by a half or more counts as all. Grow it a little beyond what is to vanish")
                    Mask mask,
            @Help(
                            "What the whole picture shows then; what does not fit into the model's context is cut, and a notice says where")
                    @Multiline
                    String prompt,
            @Help("What it should not show; works only with guidance") @Default("") @Multiline String negativePrompt,
            @Help("1 paints from nothing; below, the part begins as what was there, the nearer to it the less")
                    @Default("1")
                    @Range(min = 0, max = 1, step = 0.05)
                    double strength,
            @Help("Another seed, another part") @Default("0") Seed seed,
            @Help("Of these, the share that the strength says is made; 20 to 50 are usual")
                    @Default("30")
                    @Range(min = 1, max = 1000, step = 1)
                    int steps,
            @Help(
                            "How strictly the caption is followed: 0 not at all, 1 as trained, 5 to 10 are usual. In the papers' letters g = 1 + ω")
                    @Default("7.5")
                    @Range(min = 0, max = 50, step = 0.5)
                    double guidanceScale,
            @Help("In pixels, a multiple of 8; left open, the picture's, rounded down to one")
                    @Range(min = 8, max = 4096, step = 8)
                    Optional<Integer> width,
            @Help("In pixels, a multiple of 8; left open, the picture's, rounded down to one")
                    @Range(min = 8, max = 4096, step = 8)
                    Optional<Integer> height,
            @Help(
                            "0 is deterministic; 1 draws as much noise at each step as was taken away. Only for models with a DDIM scheduler")
                    @Default("0")
                    @Range(min = 0, max = 1, step = 0.05)
                    double eta) {}

    public record Out(Image image) {}

    @Override
    public Out run(In in, NodeContext context) {
        Sizes.requireSame(in.image(), in.mask());
        LatentDiffusion diffusion = LatentDiffusion.of(context, in.model());
        Sizes sizes = Sizes.of(in.image(), in.width(), in.height(), diffusion);
        Tensor pictures =
                diffusion.inpaint(
                        Generation.of(in.prompt(), in.negativePrompt(), in.steps(), in.guidanceScale(), in.eta()),
                        sizes.picture(in.image(), context),
                        sizes.mask(in.mask(), context),
                        in.strength(),
                        new NoiseGenerator(in.seed())::normal);
        return new Out(Pictures.image(pictures, 0));
    }
}
