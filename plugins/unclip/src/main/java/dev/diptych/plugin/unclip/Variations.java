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
import java.util.Optional;

/// Other pictures of the same. Ramesh et al., arXiv:2204.06125, section 3.1.
@Extension
@NodeType(
        id = "unclip/variations",
        title = "Variations",
        group = "unCLIP",
        description =
                "Another picture that shows the same: the embedding stays, the rest is drawn anew from the seed. Give a list of seeds for several.")
public final class Variations implements Node<Variations.In, Variations.Out> {
    public record In(
            @Help("Model with image encoder, decoder and super-resolution") @Default("portraits/unclip")
                    ModelReference model,
            @Help("Picture to vary; its middle square is taken") Image image,
            @Help("Each seed gives another picture") @Default("0") Seed seed,
            @Help("More is slower and finer") @Default("25") @Range(min = 1, max = 1000, step = 1) int steps,
            @Help("How strictly the embedding is followed; 1 as trained")
                    @Default("2")
                    @Range(min = 0, max = 50, step = 0.1)
                    double guidanceScale,
            @Help("A caption that the decoder is told besides; left empty, the picture's embedding says everything")
                    @Default("")
                    String text,
            @Help(
                            "0 is deterministic; 1 draws as much noise at each step as was taken away. Left open: the decoder's own sampler")
                    @Range(min = 0, max = 1, step = 0.05)
                    Optional<Double> eta,
            @Help("Whether predictions are kept within the range of pictures") @Default("true") boolean clip) {}

    public record Out(@Help("At the size of the upsampler") Image image, @Help("As the decoder made it") Image small) {}

    @Override
    public Out run(In in, NodeContext context) {
        Embedding embedding = Clip.of(context, in.model()).imageEmbeddings(List.of(in.image())).getFirst();
        Tensor small =
                new Decoding(context, in.model(), new UnclipDecoder(context, in.model()))
                        .decode(
                                new Decoding.Wishes(
                                        embedding,
                                        null,
                                        in.text(),
                                        in.seed(),
                                        in.steps(),
                                        in.guidanceScale(),
                                        in.eta().orElse(null),
                                        in.clip()))
                        .picture();
        return new Out(Finishing.large(context, in.model(), small), Pictures.image(small, 0));
    }
}
