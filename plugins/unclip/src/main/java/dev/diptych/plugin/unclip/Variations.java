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
import dev.diptych.plugin.diffusion.picture.Pictures;

import org.pf4j.Extension;

import java.util.List;
import java.util.Optional;

/// Other pictures of the same: from both panels with `eta` above 0, as in Ramesh et al., arXiv:2204.06125, section 3.1, or from the embedding alone, as Karlo's
/// pipeline does.
@Extension
@NodeType(
        id = "unclip/variations",
        title = "Variations",
        group = "unCLIP",
        description =
                "Another picture that shows the same: the embedding stays, and what the seed draws leads away from the picture, the farther the higher eta. Give a list of seeds for several.")
public final class Variations implements Node<Variations.In, Variations.Out> {
    /// Half as far from each other as pictures of one species of the bundled world.
    private static final double USUAL_ETA = 0.7;

    public record In(
            @Help("Model with image encoder, decoder and super-resolution") @Default("portraits/unclip")
                    ModelReference model,
            @Help("Picture to vary; its middle square is taken") Image image,
            @Help("Each seed gives another picture") @Default("0") Seed seed,
            @Help(
                            "Picture: from the noise that the picture is made from, so that variations stay around it. Noise: from new noise, with nothing of the picture but its embedding")
                    @Default("picture")
                    VariationStart start,
            @Help("More is slower and finer") @Default("25") @Range(min = 1, max = 1000, step = 1) int steps,
            @Help(
                            "How strictly the embedding is followed; 1 as trained. From new noise, 2 shows small things more surely")
                    @Default("1")
                    @Range(min = 0, max = 50, step = 0.1)
                    double guidanceScale,
            @Help("A caption that the decoder is told besides; left empty, the picture's embedding says everything")
                    @Default("")
                    String text,
            @Help(
                            "How far from the start: 0 draws nothing on the way and gives the picture itself, 1 draws as much noise at each step as was taken away. Left open: 0.7, or from new noise the decoder's own sampler")
                    @Range(min = 0, max = 1, step = 0.05)
                    Optional<Double> eta,
            @Help("Whether predictions are kept within the range of pictures; left open, yes from new noise, else no")
                    Optional<Boolean> clip) {}

    public record Out(@Help("At the size of the upsampler") Image image, @Help("As the decoder made it") Image small) {}

    @Override
    public Out run(In in, NodeContext context) {
        UnclipDecoder decoder = new UnclipDecoder(context, in.model());
        boolean isAround = in.start() == VariationStart.PICTURE;
        Embedding embedding = Clip.of(context, in.model()).imageEmbeddings(List.of(in.image())).getFirst();
        Latent noise =
                isAround
                        ? new Inverter(
                                        context,
                                        in.model(),
                                        decoder,
                                        Inverter.Settings.plain(in.steps(), InversionMethod.EXPLICIT))
                                .invert(in.image(), embedding)
                                .latent()
                        : null;
        Tensor small =
                new Decoding(context, in.model(), decoder)
                        .decode(
                                new Decoding.Wishes(
                                        embedding,
                                        noise,
                                        in.text(),
                                        in.seed(),
                                        in.steps(),
                                        in.guidanceScale(),
                                        in.eta().orElse(isAround ? USUAL_ETA : null),
                                        in.clip().orElse(null)))
                        .picture();
        return new Out(Finishing.large(context, in.model(), small), Pictures.image(small, 0));
    }
}
