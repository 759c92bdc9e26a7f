// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.clip;

import dev.diptych.api.node.Default;
import dev.diptych.api.node.Help;
import dev.diptych.api.node.Node;
import dev.diptych.api.node.NodeContext;
import dev.diptych.api.node.NodeType;
import dev.diptych.api.value.Embedding;
import dev.diptych.api.value.Image;
import dev.diptych.api.value.ModelReference;

import org.pf4j.Extension;

import java.util.List;

/// Where a picture lies in CLIP's space: the first panel of the diptych.
@Extension
@NodeType(
        id = "clip/encode-image",
        title = "Encode image",
        group = "CLIP",
        description =
                "Turns a picture into its embedding in CLIP's space: what the picture is of, without where each thing stands. The middle square is taken, at the size the model wants.")
public final class EncodeImage implements Node<EncodeImage.In, EncodeImage.Out> {
    public record In(
            @Help("Model with a CLIP image encoder") @Default("portraits/unclip") ModelReference model,
            @Help("Picture; its middle square is taken") Image image) {}

    public record Out(@Help("Not normalised") Embedding embedding) {}

    @Override
    public Out run(In in, NodeContext context) {
        return new Out(Clip.of(context, in.model()).imageEmbeddings(List.of(in.image())).getFirst());
    }
}
