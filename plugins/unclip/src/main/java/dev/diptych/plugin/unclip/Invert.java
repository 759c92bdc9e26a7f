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
import dev.diptych.plugin.diffusion.arithmetic.TensorMath;
import dev.diptych.plugin.diffusion.picture.Pictures;

import org.pf4j.Extension;

import java.util.Optional;

/// The noise that a decoder makes a picture from: the second panel of the diptych.
@Extension
@NodeType(
        id = "unclip/invert",
        title = "Invert",
        group = "unCLIP",
        description =
                "Finds the noise from which the decoder, given the embedding, makes this picture: where things stand, and all that the embedding leaves open. Decode with another embedding to change the picture and keep the rest.")
public final class Invert implements Node<Invert.In, Invert.Out> {
    private static final double SHOWN_DEVIATIONS = 3.0;

    public record In(
            @Help("Model with a decoder") @Default("portraits/unclip") ModelReference model,
            @Help("Picture; its middle square is taken") Image image,
            @Help("The picture's own embedding, from clip/encode-image") Embedding embedding,
            @Help("A caption that the decoder is told besides; best left empty") @Default("") String text,
            @Help("More find the noise more exactly") @Default("50") @Range(min = 2, max = 1000, step = 1) int steps,
            @Help("1 is exact; more makes later edits stronger and less faithful")
                    @Default("1")
                    @Range(min = 0, max = 20, step = 0.1)
                    double guidanceScale,
            @Help("Explicit takes one evaluation a step; implicit solves each step exactly, and takes several")
                    @Default("explicit")
                    InversionMethod method,
            @Help("The least noisy timestep of the path; left open, 0, or 20 for a decoder that predicts pictures")
                    @Range(min = 0, max = 500, step = 1)
                    Optional<Integer> firstTimestep) {}

    public record Out(
            @Help("Remembers how it was found; unclip/decode goes on in the same way") Latent latent,
            @Help(
                            "How far from solved the worst step is, relative to the range; 0 for the explicit method, which does not look")
                    double residual,
            @Help("How often the decoder was called") int evaluations,
            @Help("The standard deviation of the noise; 1 is ideal, far more edits badly") double deviation,
            @Help("The correlation of neighbouring pixels of the noise; 0 is ideal") double correlation,
            @Help("The noise as a picture: grey is 0, black and white are three standard deviations of ideal noise")
                    Image picture) {}

    @Override
    public Out run(In in, NodeContext context) {
        UnclipDecoder decoder = new UnclipDecoder(context, in.model());
        Inverter.Found found =
                new Inverter(
                                context,
                                in.model(),
                                decoder,
                                new Inverter.Settings(
                                        in.text(),
                                        in.steps(),
                                        in.guidanceScale(),
                                        in.method(),
                                        in.firstTimestep().orElse(null)))
                        .invert(in.image(), in.embedding());
        return new Out(
                found.latent(),
                found.residual(),
                found.evaluations(),
                TensorMath.standardDeviations(found.latent().tensor())[0],
                Neighbours.correlation(found.latent().tensor()),
                Pictures.image(TensorMath.linear(1 / SHOWN_DEVIATIONS, found.latent().tensor()), 0));
    }
}
