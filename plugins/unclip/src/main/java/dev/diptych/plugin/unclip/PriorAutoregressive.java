// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.unclip;

import dev.diptych.api.node.Default;
import dev.diptych.api.node.Help;
import dev.diptych.api.node.Node;
import dev.diptych.api.node.NodeContext;
import dev.diptych.api.node.NodeType;
import dev.diptych.api.node.Range;
import dev.diptych.api.value.Embedding;
import dev.diptych.api.value.ModelReference;
import dev.diptych.api.value.NoiseGenerator;
import dev.diptych.api.value.Seed;
import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.clip.Clip;

import org.pf4j.Extension;

/// An embedding of a picture that a caption may describe, drawn code after code.
@Extension
@NodeType(
        id = "unclip/prior-autoregressive",
        title = "Autoregressive prior",
        group = "unCLIP",
        description =
                "Imagines, from a caption, the CLIP embedding of a picture that it describes, as a language model writes a sentence: one principal component after the other, each drawn given those before it. Decode it to see the picture. Compare it with the diffusion prior on one caption; lower the temperature for the usual picture, raise it for a surprising one.")
public final class PriorAutoregressive implements Node<PriorAutoregressive.In, PriorAutoregressive.Out> {
    public record In(
            @Help("Model that is an autoregressive prior") @Default("portraits/unclip-ar") ModelReference model,
            @Help("Model with the CLIP that the prior was trained on") @Default("portraits/unclip") ModelReference clip,
            @Help("What the picture should show") String text,
            @Help("What it should not show") @Default("") String negative,
            @Help("Another seed, another picture of the same caption") @Default("0") Seed seed,
            @Help("0 always takes the likeliest code, 1 draws as the prior says, more draws more freely")
                    @Default("1")
                    @Range(min = 0, max = 5, step = 0.05)
                    double temperature,
            @Help("Unlikely codes are left out: of the likeliest, as many as together have this share are drawn from")
                    @Default("0.95")
                    @Range(min = 0.01, max = 1, step = 0.01)
                    double topP,
            @Help(
                            "How strictly the caption is followed: 0 not at all, 1 as trained, 2 to 4 more than that. In the papers' letters g = 1 + ω")
                    @Default("2")
                    @Range(min = 0, max = 50, step = 0.1)
                    double guidanceScale,
            @Help(
                            "How well the picture is to fit: from which part of all z_i · z_t of the training the one is drawn that the prior is told. The paper takes the top half")
                    @Default("top-half")
                    DotToken dotToken,
            @Help("How many are drawn; that with the largest z_i · z_t is kept")
                    @Default("2")
                    @Range(min = 1, max = 64, step = 1)
                    int candidates) {}

    public record Out(
            Embedding embedding,
            @Help("The cosine of the angle between the embedding and the caption's") double similarity) {}

    @Override
    public Out run(In in, NodeContext context) {
        AutoregressivePrior prior = new AutoregressivePrior(context, in.model());
        Clip clip = Clip.of(context, in.clip());
        Tensor drawn =
                prior.sample(
                        clip,
                        in.text(),
                        in.negative(),
                        in.candidates(),
                        in.dotToken(),
                        new CodeSampler(in.temperature(), in.topP(), in.guidanceScale()),
                        new NoiseGenerator(in.seed()));
        Candidates.Kept kept = Candidates.kept(drawn, clip, in.text());
        return new Out(kept.embedding(), kept.similarity());
    }
}
