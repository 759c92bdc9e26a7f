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
import dev.diptych.api.value.ModelReference;
import dev.diptych.api.value.NoiseGenerator;
import dev.diptych.api.value.Seed;
import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.diffusion.picture.Pictures;

import org.pf4j.Extension;

import java.util.Optional;

/// A picture, changed towards a caption. Meng et al., "SDEdit", arXiv:2108.01073.
@Extension
@NodeType(
        id = "latent/image-to-image",
        title = "Image to image",
        group = "Stable Diffusion",
        description =
                "Changes a picture towards a caption with Stable Diffusion 1 or 2: it gets noise, as much as the strength says, and is denoised from there. A sketch becomes a painting at 0.7 to 0.9; at 0.3 to 0.5 the picture is touched up.")
public final class ImageToImage implements Node<ImageToImage.In, ImageToImage.Out> {
    public record In(
            @Help("A Stable Diffusion 1 or 2 folder") ModelReference model,
            @Help("Picture to change") Image image,
            @Help(
                            "What the result shows, all of it; what does not fit into the model's context is cut, and a notice says where")
                    @Multiline
                    String prompt,
            @Help("What it should not show; works only with guidance") @Default("") @Multiline String negativePrompt,
            @Help(
                            "How far from the picture: 0 leaves it, apart from what the autoencoder loses; 1 keeps hardly more than its colours")
                    @Default("0.75")
                    @Range(min = 0, max = 1, step = 0.05)
                    double strength,
            @Help("Another seed, another change") @Default("0") Seed seed,
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
        LatentDiffusion diffusion = LatentDiffusion.of(context, in.model());
        Sizes sizes = Sizes.of(in.image(), in.width(), in.height(), diffusion);
        Tensor pictures =
                diffusion.fromPicture(
                        Generation.of(in.prompt(), in.negativePrompt(), in.steps(), in.guidanceScale(), in.eta()),
                        sizes.picture(in.image(), context),
                        in.strength(),
                        new NoiseGenerator(in.seed())::normal);
        return new Out(Pictures.image(pictures, 0));
    }
}
