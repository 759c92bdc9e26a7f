// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.unclip;

import dev.diptych.api.node.Default;
import dev.diptych.api.node.Help;
import dev.diptych.api.node.Node;
import dev.diptych.api.node.NodeContext;
import dev.diptych.api.node.NodeType;
import dev.diptych.api.node.Range;
import dev.diptych.api.value.Embedding;
import dev.diptych.api.value.Image;
import dev.diptych.api.value.Latent;
import dev.diptych.api.value.ModelReference;
import dev.diptych.api.value.Seed;
import dev.diptych.plugin.diffusion.EmbeddingGuide;
import dev.diptych.plugin.diffusion.guidance.Gradient;
import dev.diptych.plugin.diffusion.picture.Pictures;

import org.jspecify.annotations.Nullable;
import org.pf4j.Extension;

import java.util.List;
import java.util.Optional;

/// A picture from its two panels.
@Extension
@NodeType(
        id = "unclip/decode",
        title = "Decode",
        group = "unCLIP",
        description =
                "Makes a small picture from an embedding, which says what it shows, and noise, which says the rest. With inverted noise everything left open is as the noise was found, so that the picture comes back; with none, a seed draws it.")
public final class Decode implements Node<Decode.In, Decode.Out> {
    public record In(
            @Help("Model with a decoder") @Default("portraits/unclip") ModelReference model,
            @Help("What the picture shows; left open, the one that the noise remembers") Optional<Embedding> embedding,
            @Help("From unclip/invert; left open, drawn from the seed") Optional<Latent> noise,
            @Help("A caption that the decoder is told besides; left open, none") Optional<String> text,
            @Help("Draws the noise, and what is drawn on the way if eta is above 0") @Default("0") Seed seed,
            @Help("More is slower and finer; left open, 25, or as the noise was found")
                    @Range(min = 1, max = 1000, step = 1)
                    Optional<Integer> steps,
            @Help(
                            "How strictly embedding and caption are followed: 1 as trained, more exaggerates; left open, 3, or as the noise was found. In the papers' letters g = 1 + ω")
                    @Range(min = 0, max = 50, step = 0.1)
                    Optional<Double> guidanceScale,
            @Help(
                            "0 is deterministic; 1 draws as much noise at each step as was taken away. Left open: the decoder's own sampler, or 0 from inverted noise")
                    @Range(min = 0, max = 1, step = 0.05)
                    Optional<Double> eta,
            @Help(
                            "Whether predictions are kept within the range of pictures; left open, yes, or no from inverted noise")
                    Optional<Boolean> clip,
            @Help(
                            "What the picture should come nearer to besides: an embedding from clip/encode-text or clip/encode-image; left open, nothing")
                    Optional<Embedding> guide,
            @Help("The CLIP that the guide's embedding is of; left open, the model's own")
                    Optional<ModelReference> guideModel,
            @Help(
                            "How strongly CLIP guides: 0 not at all, 10 gently, 40 firmly; more, and the picture breaks up to please CLIP alone")
                    @Default("20")
                    @Range(min = 0, max = 10000, step = 1)
                    double guideScale) {}

    public record Out(
            Image image,
            @Help("One sentence for each thing that is not as the noise was found with") List<String> notices) {}

    @Override
    public Out run(In in, NodeContext context) {
        UnclipDecoder decoder = new UnclipDecoder(context, in.model());
        Decoding.Decoded decoded =
                new Decoding(context, in.model(), decoder)
                        .guidedBy(gradient(in, context))
                        .decode(
                                new Decoding.Wishes(
                                        in.embedding().orElse(null),
                                        in.noise().orElse(null),
                                        in.text().orElse(null),
                                        in.seed(),
                                        in.steps().orElse(null),
                                        in.guidanceScale().orElse(null),
                                        in.eta().orElse(null),
                                        in.clip().orElse(null)));
        return new Out(Pictures.image(decoded.picture(), 0), decoded.notices());
    }

    private static @Nullable Gradient gradient(In in, NodeContext context) {
        ModelReference own = in.guide().isPresent() ? in.model() : null;
        return EmbeddingGuide.gradient(context, in.guideModel().orElse(own), in.guide().orElse(null), in.guideScale());
    }
}
