// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion;

import dev.diptych.api.error.NodeException;
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
import dev.diptych.plugin.diffusion.guidance.Gradient;

import org.jspecify.annotations.Nullable;
import org.pf4j.Extension;

import java.util.List;
import java.util.Optional;

/// A picture from noise.
@Extension
@NodeType(
        id = "diffusion/sample",
        title = "Sample",
        group = "Diffusion",
        description =
                "Makes a picture from noise alone, with a DDPM folder of diffusers or a network of guided-diffusion. Try ddim with 50 steps first, then dpm-solver with 20; ddpm wants hundreds. With inverted noise everything left open is as the noise was found, so that the picture comes back.")
public final class Sample implements Node<Sample.In, Sample.Out> {
    public record In(
            @Help("A model that makes pictures from noise alone, or from noise and a class") ModelReference model,
            @Help("From diffusion/noise or diffusion/invert; left open, drawn from the seed") Optional<Latent> noise,
            @Help("Another seed, another picture; it draws the noise, and what is drawn on the way") @Default("0")
                    Seed seed,
            @Help(
                            "ddim is deterministic with eta 0; ddpm draws noise at each step and wants many; heun asks the network twice a step; own is the model's published one")
                    @Default("ddim")
                    SamplingMethod method,
            @Help("More is slower and finer; left open, 50, or as the noise was found")
                    @Range(min = 1, max = 1000, step = 1)
                    Optional<Integer> steps,
            @Help("Only for ddim: 0 is deterministic, 1 draws as much noise at each step as ddpm; left open, 0")
                    @Range(min = 0, max = 1, step = 0.05)
                    Optional<Double> eta,
            @Help(
                            "Whether predictions are kept within the range of pictures; left open, as the model was published, or no from inverted noise")
                    Optional<Boolean> clip,
            @Help("The class to show, for a model that knows classes, or with a classifier")
                    @Range(min = 0, max = 100000, step = 1)
                    Optional<Integer> label,
            @Help("A classifier of noisy pictures that guides towards the label (EncoderUNetModel); left open, none")
                    Optional<ModelReference> classifier,
            @Help(
                            "How strongly the classifier guides: 0 not at all, 1 as a model of classes says, up to 10 with a model without")
                    @Default("1")
                    @Range(min = 0, max = 100, step = 0.1)
                    double classifierScale,
            @Help(
                            "What the picture should come nearer to: an embedding from clip/encode-text or clip/encode-image; left open, nothing")
                    Optional<Embedding> guide,
            @Help("The CLIP that the guide's embedding is of; it sees what the model has in mind at each step")
                    Optional<ModelReference> guideModel,
            @Help(
                            "How strongly CLIP guides: 0 not at all, 10 gently, 40 firmly; more, and the picture breaks up to please CLIP alone")
                    @Default("20")
                    @Range(min = 0, max = 10000, step = 1)
                    double guideScale,
            @Help("In pixels; left open, what the model was trained for") @Range(min = 1, max = 4096, step = 1)
                    Optional<Integer> width,
            @Help("In pixels; left open, what the model was trained for") @Range(min = 1, max = 4096, step = 1)
                    Optional<Integer> height) {}

    public record Out(
            Image image,
            @Help("One sentence for each thing that is not as the noise was found with") List<String> notices) {}

    @Override
    public Out run(In in, NodeContext context) {
        PixelModel model = PixelModel.of(context, in.model());
        Integer label = in.label().orElse(null);
        PixelSampling.Sampled sampled =
                new PixelSampling(model)
                        .guidedBy(gradient(in, context))
                        .guidedInMindBy(
                                EmbeddingGuide.gradient(
                                        context,
                                        in.guideModel().orElse(null),
                                        in.guide().orElse(null),
                                        in.guideScale()))
                        .sample(
                                new PixelSampling.Wishes(
                                        in.noise().orElse(null),
                                        in.seed(),
                                        in.method(),
                                        in.steps().orElse(null),
                                        in.eta().orElse(null),
                                        in.clip().orElse(null),
                                        in.classifier().isPresent() && !model.hasClasses() ? null : label,
                                        in.width().orElse(null),
                                        in.height().orElse(null)));
        sampled.notices().forEach(notice -> context.log().info("{}", notice));
        return new Out(Channels.image(sampled.picture()), sampled.notices());
    }

    private static @Nullable Gradient gradient(In in, NodeContext context) {
        if (in.classifier().isEmpty()) {
            return null;
        }
        if (in.label().isEmpty()) {
            throw NodeException.user(
                            "diffusion/needs-class", "A classifier is given, but no label that it should guide to.")
                    .next("Set \"label\" to the number of a class.");
        }
        Gradient gradient = Classifier.gradient(context, in.classifier().get(), in.label().get());
        return in.classifierScale() == 0 ? null : gradient.scaled(in.classifierScale());
    }
}
