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
import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.diffusion.arithmetic.TensorMath;
import dev.diptych.plugin.diffusion.guidance.Denoiser;
import dev.diptych.plugin.diffusion.inversion.FoundPath;
import dev.diptych.plugin.diffusion.inversion.Inversion;
import dev.diptych.plugin.diffusion.picture.Pictures;

import org.pf4j.Extension;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// The noise that a model makes a picture from.
@Extension
@NodeType(
        id = "diffusion/invert",
        title = "Invert",
        group = "Diffusion",
        description =
                "Finds the noise from which the model makes this picture, by running DDIM backwards. Link it to diffusion/sample and the picture comes back; mix it with other noise to change the picture. Explicit methods err as 1 / steps: compare 20 steps with 200, or with the implicit one.")
public final class Invert implements Node<Invert.In, Invert.Out> {
    public record In(
            @Help("A model that makes pictures from noise alone, or from noise and a class") ModelReference model,
            @Help("Picture; its middle square is taken") Image image,
            @Help("More find the noise more exactly") @Default("100") @Range(min = 2, max = 1000, step = 1) int steps,
            @Help(
                            "guided-diffusion and the two of diffusers take one evaluation a step and differ in where a clean picture stands; implicit solves each step of the sampler exactly, and takes several")
                    @Default("guided-diffusion")
                    InversionMethod method,
            @Help("The picture's class, for a model that knows classes") @Range(min = 0, max = 100000, step = 1)
                    Optional<Integer> label,
            @Help("In pixels; left open, what the model was trained for") @Range(min = 1, max = 4096, step = 1)
                    Optional<Integer> side) {}

    public record Out(
            @Help("Remembers how it was found; diffusion/sample goes on in the same way") Latent latent,
            @Help("The noise as a picture; values beyond black and white are cut off") Image image,
            @Help("The picture at the model's size, to compare with") Image original,
            @Help(
                            "How far from solved the worst step is, relative to the range; 0 for explicit methods, which do not look")
                    double residual,
            @Help("How often the network was called") int evaluations,
            @Help("The standard deviation of the noise; 1 is ideal, far from it edits badly") double deviation,
            @Help("What a person should know of an inversion that was not solved") List<String> notices) {}

    @Override
    public Out run(In in, NodeContext context) {
        PixelModel model = PixelModel.of(context, in.model());
        PixelProcess process = model.process();
        Integer label = in.label().orElse(null);
        Denoiser denoiser = process.byTimesteps(model.denoiser(label));
        int side = in.side().orElseGet(model::side);
        model.shape(side, side);
        PixelPaths.requireSteps(in.steps(), 2, process.schedule().length());
        List<Integer> timesteps =
                Arrays.stream(PixelPaths.timesteps(process.schedule().length(), in.steps())).boxed().toList();
        FoundPath path = PixelPaths.path(process, timesteps, in.method());
        Image original = Pictures.square(in.image(), side, context::checkCancelled);
        Tensor picture = Channels.tensor(original, model.channels());
        Inversion found =
                Inversion.along(
                        path.on(process.schedule(), process.prediction()),
                        in.method().convention(),
                        picture,
                        denoiser,
                        model.watcher());
        List<String> notices = found.notice().map(List::of).orElse(List.of());
        notices.forEach(notice -> context.log().warn("{}", notice));
        PixelProvenance provenance = new PixelProvenance(model.name(), path, label);
        return new Out(
                new Latent(found.latent(), provenance.written(in.method())),
                Channels.image(found.latent()),
                original,
                found.residual(),
                found.evaluations(),
                TensorMath.standardDeviations(found.latent())[0],
                notices);
    }
}
