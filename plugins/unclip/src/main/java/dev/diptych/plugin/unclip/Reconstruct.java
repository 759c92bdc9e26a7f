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
import dev.diptych.api.value.ModelReference;
import dev.diptych.api.value.Seed;
import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.clip.Clip;
import dev.diptych.plugin.diffusion.picture.Pictures;

import org.pf4j.Extension;

import java.util.List;

/// A picture taken apart into its two panels and put together again.
@Extension
@NodeType(
        id = "unclip/reconstruct",
        title = "Reconstruct",
        group = "unCLIP",
        description =
                "Finds a picture's embedding and noise, and decodes them: how much of the picture the two panels hold, as a figure.")
public final class Reconstruct implements Node<Reconstruct.In, Reconstruct.Out> {
    public record In(
            @Help("Model with image encoder and decoder") @Default("portraits/unclip") ModelReference model,
            @Help("Picture; its middle square is taken") Image image,
            @Help("More find the noise more exactly") @Default("50") @Range(min = 2, max = 1000, step = 1) int steps,
            @Help("Explicit is fast; implicit solves each step exactly") @Default("explicit") InversionMethod method) {}

    public record Out(
            @Help("As the decoder made it") Image image,
            @Help("The picture at the decoder's size") Image original,
            @Help("Peak signal to noise ratio of the two, in decibels; 30 and more looks the same") double psnr) {}

    @Override
    public Out run(In in, NodeContext context) {
        UnclipDecoder decoder = new UnclipDecoder(context, in.model());
        Inverter.Settings settings = Inverter.Settings.plain(in.steps(), in.method());
        Inverter inverter = new Inverter(context, in.model(), decoder, settings);
        Embedding embedding = Clip.of(context, in.model()).imageEmbeddings(List.of(in.image())).getFirst();
        Inverter.Found found = inverter.invert(in.image(), embedding);
        Tensor picture =
                new Decoding(context, in.model(), decoder)
                        .decode(
                                new Decoding.Wishes(
                                        embedding, found.latent(), null, new Seed(0), null, null, null, null))
                        .picture();
        Image original = Pictures.square(in.image(), decoder.side(), context::checkCancelled);
        return new Out(Pictures.image(picture, 0), original, psnr(Pictures.tensor(original), picture));
    }

    private static double psnr(Tensor a, Tensor b) {
        double squares = 0;
        for (int i = 0; i < a.length(); i++) {
            double difference = (a.floats()[i] - b.floats()[i]) / 2;
            squares += difference * difference;
        }
        return squares == 0 ? 100 : Math.min(100, -10 * Math.log10(squares / a.length()));
    }
}
