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
import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.clip.Clip;
import dev.diptych.plugin.clip.Vectors;
import dev.diptych.plugin.diffusion.picture.Pictures;

import org.pf4j.Extension;

import java.util.List;

/// A picture between two. Ramesh et al., arXiv:2204.06125, section 3.2.
@Extension
@NodeType(
        id = "unclip/blend",
        title = "Blend",
        group = "unCLIP",
        description =
                "A picture on the way from one to another: both panels are rotated from the first picture's to the second's. Give a list for t to see the whole way.")
public final class Blend implements Node<Blend.In, Blend.Out> {
    public record In(
            @Help("Model with image encoder, decoder and super-resolution") @Default("portraits/unclip")
                    ModelReference model,
            @Help("Where t = 0 is") Image a,
            @Help("Where t = 1 is") Image b,
            @Help("How far on the way") @Default("0.5") @Range(min = 0, max = 1, step = 0.01) double t,
            @Help("More find the noise of the two more exactly") @Default("50") @Range(min = 2, max = 1000, step = 1)
                    int steps) {}

    public record Out(@Help("At the size of the upsampler") Image image, @Help("As the decoder made it") Image small) {}

    @Override
    public Out run(In in, NodeContext context) {
        UnclipDecoder decoder = new UnclipDecoder(context, in.model());
        Inverter.Settings settings = Inverter.Settings.plain(in.steps(), InversionMethod.EXPLICIT);
        Inverter inverter = new Inverter(context, in.model(), decoder, settings);
        List<Embedding> ends = Clip.of(context, in.model()).imageEmbeddings(List.of(in.a(), in.b()));
        Latent first = inverter.invert(in.a(), ends.get(0)).latent();
        Latent second = inverter.invert(in.b(), ends.get(1)).latent();
        double norm = (1 - in.t()) * Vectors.norm(ends.get(0)) + in.t() * Vectors.norm(ends.get(1));
        Embedding embedding = Vectors.rotated(ends.get(0), ends.get(1), in.t(), norm);
        Latent noise = new Latent(Rotation.between(first.tensor(), second.tensor(), in.t()), first.origin());
        Tensor small =
                new Decoding(context, in.model(), decoder)
                        .decode(new Decoding.Wishes(embedding, noise, null, new Seed(0), null, null, null, null))
                        .picture();
        return new Out(Finishing.large(context, in.model(), small), Pictures.image(small, 0));
    }
}
