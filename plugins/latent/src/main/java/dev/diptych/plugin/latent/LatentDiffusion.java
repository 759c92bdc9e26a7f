// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.latent;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.model.Config;
import dev.diptych.api.model.Model;
import dev.diptych.api.node.NodeContext;
import dev.diptych.api.value.Image;
import dev.diptych.api.value.ModelReference;
import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.diffusion.arithmetic.Slices;
import dev.diptych.plugin.diffusion.arithmetic.TensorMath;
import dev.diptych.plugin.diffusion.guidance.Denoiser;
import dev.diptych.plugin.diffusion.picture.Pictures;
import dev.diptych.plugin.diffusion.sampling.Sampler;
import dev.diptych.plugin.diffusion.sampling.StepHook;
import dev.diptych.plugin.diffusion.solver.NoiseSource;
import dev.diptych.plugin.diffusion.solver.Solver;

import java.util.List;

/// Stable Diffusion from a model folder, for the time of one node's run: captions, and perhaps a picture, to pictures.
///
/// ```java
/// LatentDiffusion diffusion = LatentDiffusion.of(context, model);
/// Tensor pictures = diffusion.fromText(Generation.of(prompt, "", 30, 7.5, 0), 512, 512, generator::normal);
/// ```
///
/// Pictures are (batch, 3, height, width), from -1 to 1; those that come out may exceed that a little. Noise is drawn in the order of diffusers' pipelines.
public final class LatentDiffusion {
    private static final int USUAL_LATENT_SIDE = 64;

    private final NodeContext context;
    private final ModelReference reference;
    private final Model unet;
    private final Autoencoder autoencoder;
    private final LatentDenoiser denoiser;
    private final LatentSolvers solvers;

    private LatentDiffusion(LatentComponents components) {
        context = components.context();
        reference = components.reference();
        unet = components.model(LatentComponents.UNET);
        autoencoder = new Autoencoder(components.model(LatentComponents.VAE));
        denoiser = new LatentDenoiser(unet, new PromptEncoder(components));
        solvers = new LatentSolvers(context.config(reference, LatentComponents.SCHEDULER), !components.isUnclip());
    }

    private LatentDiffusion(LatentDiffusion untold, Tensor labels) {
        context = untold.context;
        reference = untold.reference;
        unet = untold.unet;
        autoencoder = untold.autoencoder;
        denoiser = untold.denoiser.told(labels);
        solvers = untold.solvers;
    }

    /// @throws NodeException `latent/missing-component`, `latent/other-family`, `latent/other-network`
    public static LatentDiffusion of(NodeContext context, ModelReference reference) {
        LatentComponents components = LatentComponents.of(context, reference);
        if (components.isUnclip()) {
            throw NodeException.user(
                            "latent/other-family",
                            "The network of %s is told of a picture beside the caption, as Stable unCLIP's is.",
                            reference.id())
                    .next(
                            "Use unclip/stable-variations or unclip/stable-text-to-image, or choose a folder of Stable Diffusion 1 or 2.");
        }
        LatentDiffusion diffusion = new LatentDiffusion(components);
        diffusion.requireKnownNetwork();
        return diffusion;
    }

    /// Stable unCLIP, whose network has to be [#told] of a picture beside the caption: diffusers' `StableUnCLIPPipeline` and `StableUnCLIPImg2ImgPipeline` from where that is known.
    ///
    /// @throws NodeException as [#of]
    public static LatentDiffusion ofUnclip(NodeContext context, ModelReference reference) {
        LatentDiffusion diffusion = new LatentDiffusion(LatentComponents.of(context, reference));
        diffusion.requireKnownNetwork();
        return diffusion;
    }

    /// The same, told of pictures.
    ///
    /// @param labels (pictures, width): `class_labels`, one row for each picture that will be made
    public LatentDiffusion told(Tensor labels) {
        return new LatentDiffusion(this, labels);
    }

    /// What width and height of pictures are multiples of.
    public int factor() {
        return autoencoder.factor();
    }

    /// How many channels a latent has.
    public int latentChannels() {
        return autoencoder.channels();
    }

    /// The height that the model was trained for, in pixels.
    public int usualHeight() {
        return usualSides().getFirst() * factor();
    }

    /// The width that the model was trained for, in pixels.
    public int usualWidth() {
        return usualSides().getLast() * factor();
    }

    private List<Integer> usualSides() {
        return unet.config().integersFor("sample_size", 2, USUAL_LATENT_SIDE);
    }

    /// Whether the model's solver heeds [Generation#eta].
    public boolean hasEta() {
        return solvers.hasEta();
    }

    /// Whether the network was distilled to guide by itself: it is told how strictly, and negative prompts have no effect.
    public boolean guidesItself() {
        return denoiser.guidesItself();
    }

    /// Whether the network was trained to see what is kept.
    public boolean isForInpainting() {
        return unet.config().integer("in_channels", 4) == inpaintingChannels();
    }

    private int inpaintingChannels() {
        return 2 * autoencoder.channels() + 1;
    }

    /// Refuses what [#fromText] would refuse. For who has to compute something else before.
    ///
    /// @throws NodeException as [#fromText]
    public void requirePossible(Generation wanted, int height, int width) {
        solver(wanted, height, width);
    }

    private Solver solver(Generation wanted, int height, int width) {
        requireSize(height, width);
        requirePlainNetwork();
        return solvers.solver(wanted.steps(), wanted.eta(), false);
    }

    /// Pictures of captions. diffusers' `StableDiffusionPipeline`.
    ///
    /// @throws NodeException `latent/size`, `latent/for-inpainting`, `latent/eta`, and those of the solver
    public Tensor fromText(Generation wanted, int height, int width, NoiseSource noise) {
        Solver solver = solver(wanted, height, width);
        Tensor drawn = noise.normal(latentShape(wanted.count(), height, width));
        return autoencoder.decode(
                sampler(solver, denoiser.of(wanted, null), noise).run(TensorMath.linear(solver.initialScale(), drawn)));
    }

    /// As [#fromText], one picture.
    public Image picture(Generation wanted, int height, int width, NoiseSource noise) {
        return Pictures.image(fromText(wanted, height, width, noise), 0);
    }

    /// Other pictures than one that is given, the further from it the greater the strength: it gets noise, as far as the strength says, and is denoised from there.
    /// Meng et al., "SDEdit", arXiv:2108.01073; diffusers' `StableDiffusionImg2ImgPipeline`.
    ///
    /// @param picture  (1 or batch, 3, height, width), or latents with [#latentChannels] channels
    /// @param strength 0 to 1: the share of the steps that is made
    /// @throws NodeException as [#fromText], and `latent/no-step` if the strength leaves no step to make and is not 0
    public Tensor fromPicture(Generation wanted, Tensor picture, double strength, NoiseSource noise) {
        requirePlainNetwork();
        Solver solver = solvers.solver(wanted.steps(), wanted.eta(), false);
        int first = first(solver, wanted, strength);
        Tensor clean = Slices.repeated(latents(picture, noise), wanted.count());
        Tensor drawn = noise.normal(clean.shape());
        return autoencoder.decode(
                sampler(solver, denoiser.of(wanted, null), noise).from(first).run(noised(solver, first, clean, drawn)));
    }

    private Tensor latents(Tensor picture, NoiseSource noise) {
        if (picture.size(1) == autoencoder.channels()) {
            return picture;
        }
        requireSize(picture.size(2), picture.size(3));
        return autoencoder.encode(picture, noise);
    }

    /// A picture with a part painted anew. diffusers' `StableDiffusionInpaintPipeline`. A network for inpainting sees what is kept beside the latent; with any other,
    /// what is kept is put back after each step.
    ///
    /// @param picture  (1 or batch, 3, height, width)
    /// @param mask     of the picture's size
    /// @param strength 0 to 1: below 1, the painted part begins as what was there, with noise
    /// @throws NodeException as [#fromPicture]
    public Tensor inpaint(Generation wanted, Tensor picture, PaintMask mask, double strength, NoiseSource noise) {
        requireSize(picture.size(2), picture.size(3));
        Solver solver = solvers.solver(wanted.steps(), wanted.eta(), true);
        int first = first(solver, wanted, strength);
        boolean fromNoise = strength == 1;
        boolean seesKept = isForInpainting();

        Tensor clean =
                seesKept && fromNoise ? null : Slices.repeated(autoencoder.encode(picture, noise), wanted.count());
        Tensor drawn = noise.normal(latentShape(wanted.count(), picture.size(2), picture.size(3)));
        Tensor start =
                clean == null || fromNoise
                        ? TensorMath.linear(solver.initialScale(), drawn)
                        : noised(solver, first, clean, drawn);
        PaintMask small = mask.reduced(factor());
        Tensor beside = seesKept ? kept(picture, mask, small, noise) : null;
        if (!seesKept) {
            noise.normal(
                    latentShape(
                            picture.size(0),
                            picture.size(2),
                            picture.size(3))); // the reference encodes what is kept in any case
        }
        Sampler sampler = sampler(solver, denoiser.of(wanted, beside), noise).from(first);
        return autoencoder.decode(
                (clean == null || seesKept ? sampler : sampler.after(putBack(solver, clean, drawn, small))).run(start));
    }

    /// What a network for inpainting sees: where to paint, and what is kept.
    private Tensor kept(Tensor picture, PaintMask mask, PaintMask small, NoiseSource noise) {
        Tensor latent = autoencoder.encode(mask.cutFrom(picture), noise);
        return Slices.joinChannels(Slices.repeated(small.pixels(), latent.size(0)), latent);
    }

    private static StepHook putBack(Solver solver, Tensor clean, Tensor drawn, PaintMask mask) {
        return (result, at) -> mask.mixed(noised(solver, at.index() + 1, clean, drawn), result.sample());
    }

    /// With the noise of an evaluation; clean behind the last.
    private static Tensor noised(Solver solver, int index, Tensor clean, Tensor drawn) {
        return index < solver.evaluations().size()
                ? solver.noised(clean, drawn, solver.evaluations().get(index))
                : clean;
    }

    private int first(Solver solver, Generation wanted, double strength) {
        int first = solver.startIndex(strength);
        if (first == solver.evaluations().size() && strength > 0) {
            throw NodeException.user(
                            "latent/no-step",
                            "Of %d steps, a strength of %s leaves none to make.",
                            wanted.steps(),
                            strength)
                    .next("Set steps to %d or more, or raise the strength.".formatted((int) Math.ceil(1 / strength)));
        }
        return first;
    }

    private Sampler sampler(Solver solver, Denoiser network, NoiseSource noise) {
        return Sampler.of(solver, network).drawing(noise).watched(new LatentWatcher(context, autoencoder));
    }

    private int[] latentShape(int count, int height, int width) {
        return new int[] {count, autoencoder.channels(), height / factor(), width / factor()};
    }

    private void requireSize(int height, int width) {
        if (height < 1 || width < 1 || height % factor() != 0 || width % factor() != 0) {
            throw NodeException.user(
                            "latent/size",
                            "The picture would have %d x %d pixels; %s makes widths and heights that are multiples of %d.",
                            width,
                            height,
                            reference.id(),
                            factor())
                    .next("The nearest is %d x %d.".formatted(nearest(width), nearest(height)));
        }
    }

    private int nearest(int pixels) {
        return Math.max(1, (pixels + factor() / 2) / factor()) * factor();
    }

    private void requirePlainNetwork() {
        if (isForInpainting()) {
            throw NodeException.user(
                            "latent/for-inpainting",
                            "%s was trained for inpainting, which needs a mask.",
                            reference.id())
                    .next("Use latent/inpaint with a mask that covers the picture, or another model.");
        }
    }

    private void requireKnownNetwork() {
        Config config = unet.config();
        int channels = config.integer("in_channels", 4);
        if (channels != autoencoder.channels() && channels != inpaintingChannels()) {
            throw NodeException.user(
                            "latent/other-network",
                            "The U-Net of %s takes %d channels; allowed: %d, or %d for inpainting.",
                            reference.id(),
                            channels,
                            autoencoder.channels(),
                            inpaintingChannels())
                    .next("Choose a folder of Stable Diffusion 1 or 2 that is no upscaler.");
        }
    }
}
