// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.node.Default;
import dev.diptych.api.node.Help;
import dev.diptych.api.node.Node;
import dev.diptych.api.node.NodeContext;
import dev.diptych.api.node.NodeType;
import dev.diptych.api.node.Range;
import dev.diptych.api.value.Image;
import dev.diptych.api.value.ModelReference;
import dev.diptych.api.value.NoiseGenerator;
import dev.diptych.api.value.Seed;
import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.diffusion.arithmetic.TensorMath;
import dev.diptych.plugin.diffusion.picture.Pictures;
import dev.diptych.plugin.diffusion.sampling.Sampler;
import dev.diptych.plugin.diffusion.solver.Solver;

import org.pf4j.Extension;

import java.util.Optional;

/// A picture made likelier. Meng et al., "SDEdit", arXiv:2108.01073.
@Extension
@NodeType(
        id = "diffusion/image-to-image",
        title = "Image to image",
        group = "Diffusion",
        description =
                "Turns a sketch or a collage into a picture as the model knows them: it gets noise, as much as the strength says, and is denoised from there. At 0.3 it stays close to the sketch, at 0.6 it looks real; try several strengths with one seed.")
public final class ImageToImage implements Node<ImageToImage.In, ImageToImage.Out> {
    public record In(
            @Help("A model that makes pictures from noise alone, or from noise and a class") ModelReference model,
            @Help("Picture to change; its middle square is taken") Image image,
            @Help("How far from the picture: 0 leaves it, 1 keeps hardly more than its colours")
                    @Default("0.5")
                    @Range(min = 0, max = 1, step = 0.05)
                    double strength,
            @Help("Another seed, another change") @Default("0") Seed seed,
            @Help("ddpm and ddim with eta 1 draw noise on the way, which repairs more; ddim with eta 0 stays closer")
                    @Default("ddim")
                    SamplingMethod method,
            @Help("Of these, the share that the strength says is made")
                    @Default("50")
                    @Range(min = 1, max = 1000, step = 1)
                    int steps,
            @Help("Only for ddim: 0 is deterministic, 1 draws as much noise at each step as ddpm; left open, 0")
                    @Range(min = 0, max = 1, step = 0.05)
                    Optional<Double> eta,
            @Help("Whether predictions are kept within the range of pictures; left open, as the model was published")
                    Optional<Boolean> clip,
            @Help("The class to show, for a model that knows classes") @Range(min = 0, max = 100000, step = 1)
                    Optional<Integer> label,
            @Help("In pixels; left open, what the model was trained for") @Range(min = 1, max = 4096, step = 1)
                    Optional<Integer> side) {}

    public record Out(Image image, @Help("The picture as it was given to the network, with noise") Image noisy) {}

    @Override
    public Out run(In in, NodeContext context) {
        PixelModel model = PixelModel.of(context, in.model());
        int side = in.side().orElseGet(model::side);
        model.shape(side, side);
        PixelProcess.Run run =
                model.process()
                        .run(
                                new PixelProcess.Wishes(
                                        in.method(), in.steps(), in.eta().orElse(null), in.clip().orElse(null), null),
                                model.denoiser(in.label().orElse(null)));
        Solver solver = run.solver();
        int first = first(solver, in);
        Image square = Pictures.square(in.image(), side, context::checkCancelled);
        Tensor clean = Channels.tensor(square, model.channels());
        NoiseGenerator generator = new NoiseGenerator(in.seed());
        Tensor drawn = generator.normal(clean.shape());
        if (first == solver.evaluations().size()) {
            return new Out(Channels.image(clean), Channels.image(clean));
        }
        var at = solver.evaluations().get(first);
        Tensor noisy = solver.noised(clean, drawn, at);
        Tensor picture =
                Sampler.of(solver, run.denoiser())
                        .drawing(generator::normal)
                        .watched(model.watcher())
                        .from(first)
                        .run(noisy);
        return new Out(Channels.image(TensorMath.clamp(picture, -1, 1)), Channels.image(solver.input(noisy, at)));
    }

    private static int first(Solver solver, In in) {
        int first = solver.startIndex(in.strength());
        if (first == solver.evaluations().size() && in.strength() > 0) {
            throw NodeException.user(
                            "diffusion/no-step",
                            "Of %d steps, a strength of %s leaves none to make.",
                            in.steps(),
                            in.strength())
                    .next(
                            "Set steps to %d or more, or raise the strength."
                                    .formatted((int) Math.ceil(1 / in.strength())));
        }
        return first;
    }
}
