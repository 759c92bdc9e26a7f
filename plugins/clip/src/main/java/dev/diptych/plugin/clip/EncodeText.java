// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.clip;

import dev.diptych.api.node.Default;
import dev.diptych.api.node.Help;
import dev.diptych.api.node.Node;
import dev.diptych.api.node.NodeContext;
import dev.diptych.api.node.NodeType;
import dev.diptych.api.value.Embedding;
import dev.diptych.api.value.ModelReference;

import org.pf4j.Extension;

import java.util.List;

/// Where a caption lies in CLIP's space.
@Extension
@NodeType(
        id = "clip/encode-text",
        title = "Encode text",
        group = "CLIP",
        description =
                "Turns a caption into its embedding in CLIP's space, where captions and the pictures they describe lie near each other.")
public final class EncodeText implements Node<EncodeText.In, EncodeText.Out> {
    public record In(
            @Help("Model with a CLIP text encoder") @Default("portraits/unclip") ModelReference model,
            @Help("Caption; what does not fit into the model's context is cut, and a notice says where") String text) {}

    public record Out(@Help("Not normalised") Embedding embedding) {}

    @Override
    public Out run(In in, NodeContext context) {
        Clip clip = Clip.of(context, in.model());
        return new Out(Clip.rows(clip.texts(List.of(in.text())).embeddings(), clip.space()).getFirst());
    }
}
