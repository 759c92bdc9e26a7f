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

import org.pf4j.Extension;

import java.util.Optional;

/// A picture of a caption.
@Extension
@NodeType(
        id = "latent/text-to-image",
        title = "Text to image",
        group = "Stable Diffusion",
        description =
                "Makes a picture from a caption with Stable Diffusion 1 or 2. Try several seeds before another caption; name what disturbs in the negative prompt.")
public final class TextToImage implements Node<TextToImage.In, TextToImage.Out> {
    public record In(
            @Help("A Stable Diffusion 1 or 2 folder") ModelReference model,
            @Help("What the picture shows; what does not fit into the model's context is cut, and a notice says where")
                    @Multiline
                    String prompt,
            @Help("What it should not show; works only with guidance") @Default("") @Multiline String negativePrompt,
            @Help("Another seed, another picture of the same caption") @Default("0") Seed seed,
            @Help("More is slower and finer; 20 to 50 are usual") @Default("30") @Range(min = 1, max = 1000, step = 1)
                    int steps,
            @Help(
                            "How strictly the caption is followed: 0 not at all, 1 as trained, 5 to 10 are usual. In the papers' letters g = 1 + ω")
                    @Default("7.5")
                    @Range(min = 0, max = 50, step = 0.5)
                    double guidanceScale,
            @Help("In pixels, a multiple of 8; left open, what the model was trained for")
                    @Range(min = 8, max = 4096, step = 8)
                    Optional<Integer> width,
            @Help("In pixels, a multiple of 8; left open, what the model was trained for")
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
        Image picture =
                diffusion.picture(
                        Generation.of(in.prompt(), in.negativePrompt(), in.steps(), in.guidanceScale(), in.eta()),
                        in.height().orElseGet(diffusion::usualHeight),
                        in.width().orElseGet(diffusion::usualWidth),
                        new NoiseGenerator(in.seed())::normal);
        return new Out(picture);
    }
}
