// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.unclip;

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
import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.clip.Clip;
import dev.diptych.plugin.clip.Vectors;
import dev.diptych.plugin.diffusion.picture.Pictures;

import org.pf4j.Extension;

import java.util.List;

/// A picture changed in the direction between two captions. Ramesh et al., arXiv:2204.06125, section 3.3.
@Extension
@NodeType(
        id = "unclip/edit-by-text",
        title = "Edit by text",
        group = "unCLIP",
        description =
                "Changes a picture in the direction from one caption to another, and keeps what the captions have in common. Turn theta up until the change is there.")
public final class EditByText implements Node<EditByText.In, EditByText.Out> {
    public record In(
            @Help("Model with CLIP, decoder and super-resolution") @Default("portraits/unclip") ModelReference model,
            @Help("Picture to change; its middle square is taken") Image image,
            @Help("What it shows: \"a lion\"") String before,
            @Help("What it should show: \"a lion cub\"") String after,
            @Help("How much of the way: 0 leaves the picture as it is, 0.25 to 0.5 changes it")
                    @Default("0.35")
                    @Range(min = 0, max = 1, step = 0.01)
                    double theta,
            @Help("More keep the rest more exactly") @Default("50") @Range(min = 2, max = 1000, step = 1) int steps,
            @Help("More make the change surer, and keep the rest less exactly; 1 as trained")
                    @Default("2")
                    @Range(min = 0, max = 20, step = 0.1)
                    double guidanceScale) {}

    public record Out(@Help("At the size of the upsampler") Image image, @Help("As the decoder made it") Image small) {}

    @Override
    public Out run(In in, NodeContext context) {
        UnclipDecoder decoder = new UnclipDecoder(context, in.model());
        Inverter.Settings settings = Inverter.Settings.plain(in.steps(), InversionMethod.EXPLICIT);
        Inverter inverter = new Inverter(context, in.model(), decoder, settings);
        Clip clip = Clip.of(context, in.model());
        Embedding embedding = clip.imageEmbeddings(List.of(in.image())).getFirst();
        List<Embedding> captions = Clip.rows(clip.texts(List.of(in.before(), in.after())).embeddings(), clip.space());
        Embedding difference = Vectors.combination(captions, new double[] {-1, 1});
        if (in.theta() > 0 && Vectors.norm(difference) <= 1e-6 * Vectors.norm(captions.getFirst())) {
            throw NodeException.user(
                            "unclip/no-difference",
                            "Both captions mean the same to the model, so there is nothing to change.")
                    .next("Let them differ in what should change.");
        }
        Embedding changed =
                in.theta() == 0
                        ? embedding
                        : Vectors.rotated(embedding, difference, in.theta(), Vectors.norm(embedding));
        Latent noise = inverter.invert(in.image(), embedding).latent();
        Tensor small =
                new Decoding(context, in.model(), decoder)
                        .decode(
                                new Decoding.Wishes(
                                        changed, noise, null, new Seed(0), null, in.guidanceScale(), null, null))
                        .picture();
        return new Out(Finishing.large(context, in.model(), small), Pictures.image(small, 0));
    }
}
