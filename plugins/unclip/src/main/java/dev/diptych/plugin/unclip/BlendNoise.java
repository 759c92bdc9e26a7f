// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.unclip;

import dev.diptych.api.node.Default;
import dev.diptych.api.node.Help;
import dev.diptych.api.node.Node;
import dev.diptych.api.node.NodeContext;
import dev.diptych.api.node.NodeType;
import dev.diptych.api.node.Range;
import dev.diptych.api.value.Latent;

import org.pf4j.Extension;

/// Noise between two noises.
@Extension
@NodeType(
        id = "unclip/blend-noise",
        title = "Blend noise",
        group = "unCLIP",
        description =
                "Rotates one noise towards another: the second panel of a picture between two. It remembers what the first one does.")
public final class BlendNoise implements Node<BlendNoise.In, BlendNoise.Out> {
    public record In(
            @Help("Where t = 0 is") Latent a,
            @Help("Where t = 1 is") Latent b,
            @Help("How far on the way") @Default("0.5") @Range(min = 0, max = 1, step = 0.01) double t) {}

    public record Out(Latent latent) {}

    @Override
    public Out run(In in, NodeContext context) {
        return new Out(
                in.t() == 1
                        ? in.b()
                        : new Latent(Rotation.between(in.a().tensor(), in.b().tensor(), in.t()), in.a().origin()));
    }
}
