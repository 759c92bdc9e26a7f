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

/// Other pictures of the same, at the size of Stable Diffusion.
@Extension
@NodeType(
        id = "unclip/stable-variations",
        title = "Stable variations",
        group = "unCLIP",
        description =
                "Another picture that shows the same, with Stable unCLIP: the embedding stays, the rest is drawn anew from the seed. Raise the noise level for freer variations, up to 500; add a caption to push them somewhere. Link a blend of two embeddings in place of a picture to mix pictures.")
public final class StableVariations implements Node<StableVariations.In, StableVariations.Out> {
    public record In(
            @Help("A Stable unCLIP folder") ModelReference model,
            @Help("Picture to vary; its middle square is taken. Left open, the embedding") Optional<Image> image,
            @Help("What the picture shows, from clip/encode-image or clip/interpolate, in place of a picture")
                    Optional<Embedding> embedding,
            @Help("A caption besides; left empty, none") @Default("") @Multiline String prompt,
            @Help("What it should not show; works only with guidance") @Default("") @Multiline String negativePrompt,
            @Help("Each seed gives another picture") @Default("0") Seed seed,
            @Help("How much noise the embedding gets: 0 stays close to the picture, 999 forgets it")
                    @Default("0")
                    @Range(min = 0, max = 999, step = 1)
                    int noiseLevel,
            @Help("More is slower and finer; 20 to 50 are usual") @Default("20") @Range(min = 1, max = 1000, step = 1)
                    int steps,
            @Help(
                            "How strictly picture and caption are followed: 0 not at all, 1 as trained, 5 to 12 are usual. In the papers' letters g = 1 + ω")
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

    public record Out(Image image) {}

    @Override
    public Out run(In in, NodeContext context) {
        StableUnclip unclip = new StableUnclip(context, in.model());
        LatentDiffusion diffusion = unclip.diffusion();
        Generation wanted = Generation.of(in.prompt(), in.negativePrompt(), in.steps(), in.guidanceScale(), in.eta());
        int height = in.height().orElseGet(diffusion::usualHeight);
        int width = in.width().orElseGet(diffusion::usualWidth);
        unclip.requirePossible(in.noiseLevel(), wanted, height, width);
        NoiseGenerator generator = new NoiseGenerator(in.seed());
        Tensor labels = unclip.labels(shown(in, context), in.noiseLevel(), generator::normal);
        return new Out(diffusion.told(labels).picture(wanted, height, width, generator::normal));
    }

    private static Tensor shown(In in, NodeContext context) {
        if (in.image().isPresent() == in.embedding().isPresent()) {
            throw NodeException.user(
                            "unclip/picture-or-embedding",
                            in.image().isPresent()
                                    ? "Both a picture and an embedding are given; one of them says what to show."
                                    : "Neither a picture nor an embedding is given.")
                    .next("Give exactly one of \"image\" and \"embedding\".");
        }
        Clip clip = Clip.of(context, in.model());
        if (in.image().isPresent()) {
            return clip.images(List.of(in.image().get()));
        }
        Embedding embedding = in.embedding().orElseThrow();
        Spaces.requireOwn(embedding, in.model().id(), clip.space());
        return Batches.rows(List.of(embedding));
    }
}
