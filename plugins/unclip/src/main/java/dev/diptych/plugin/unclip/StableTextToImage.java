// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.unclip;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.node.Default;
import dev.diptych.api.node.Help;
import dev.diptych.api.node.Multiline;
import dev.diptych.api.node.Node;
import dev.diptych.api.node.NodeContext;
import dev.diptych.api.node.NodeType;
import dev.diptych.api.node.Range;
import dev.diptych.api.value.Embedding;
import dev.diptych.api.value.Image;
import dev.diptych.api.value.ModelReference;
import dev.diptych.api.value.NoiseGenerator;
import dev.diptych.api.value.Seed;
import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.clip.Clip;
import dev.diptych.plugin.latent.Generation;
import dev.diptych.plugin.latent.LatentDiffusion;

import org.pf4j.Extension;

import java.util.List;
import java.util.Optional;

/// A picture of a caption, by way of an embedding.
@Extension
@NodeType(
        id = "unclip/stable-text-to-image",
        title = "Stable text to image",
        group = "unCLIP",
        description =
                "Makes a picture from a caption with Stable unCLIP: the prior imagines the embedding of a picture, Stable Diffusion draws it. Give the embedding to unclip/stable-variations to see more of what was imagined; hold it beside latent/text-to-image, which has no prior.")
public final class StableTextToImage implements Node<StableTextToImage.In, StableTextToImage.Out> {
    public record In(
            @Help("A Stable unCLIP folder with a prior") ModelReference model,
            @Help("What the picture shows; what does not fit into the model's context is cut, and a notice says where")
                    @Multiline
                    String prompt,
            @Help("What it should not show; works only with guidance") @Default("") @Multiline String negativePrompt,
            @Help("Another seed, another picture of the same caption") @Default("0") Seed seed,
            @Help("Of the prior; 25 are enough") @Default("25") @Range(min = 1, max = 1000, step = 1) int priorSteps,
            @Help("How strictly the prior follows the caption: 0 not at all, 1 as trained, 2 to 5 more than that")
                    @Default("4")
                    @Range(min = 0, max = 50, step = 0.1)
                    double priorGuidanceScale,
            @Help("How much noise the embedding gets: 0 shows what the prior imagined, more leaves more to the caption")
                    @Default("0")
                    @Range(min = 0, max = 999, step = 1)
                    int noiseLevel,
            @Help("More is slower and finer; 20 to 50 are usual") @Default("20") @Range(min = 1, max = 1000, step = 1)
                    int steps,
            @Help(
                            "How strictly embedding and caption are followed: 0 not at all, 1 as trained, 5 to 12 are usual. In the papers' letters g = 1 + ω")
                    @Default("10")
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

    public record Out(Image image, @Help("What the prior imagined, before noise") Embedding embedding) {}

    @Override
    public Out run(In in, NodeContext context) {
        StableUnclip unclip = new StableUnclip(context, in.model());
        LatentDiffusion diffusion = unclip.diffusion();
        Generation wanted = Generation.of(in.prompt(), in.negativePrompt(), in.steps(), in.guidanceScale(), in.eta());
        int height = in.height().orElseGet(diffusion::usualHeight);
        int width = in.width().orElseGet(diffusion::usualWidth);
        unclip.requirePossible(in.noiseLevel(), wanted, height, width);
        if (!context.components(in.model()).contains("prior")) {
            throw NodeException.user("unclip/no-prior", "%s has no prior.", in.model().id())
                    .next("Choose a folder of StableUnCLIPPipeline, or give unclip/stable-variations a picture.");
        }
        NoiseGenerator generator = new NoiseGenerator(in.seed());
        DiffusionPrior prior = new DiffusionPrior(context, in.model());
        Tensor imagined =
                prior.sample(
                        List.of(in.prompt()),
                        "",
                        in.priorSteps(),
                        in.priorGuidanceScale(),
                        unclip.priorStep(in.eta()),
                        generator::normal);
        Tensor labels = unclip.labels(imagined, in.noiseLevel(), generator::normal);
        Image picture = diffusion.told(labels).picture(wanted, height, width, generator::normal);
        return new Out(picture, Clip.rows(imagined, prior.space()).getFirst());
    }
}
