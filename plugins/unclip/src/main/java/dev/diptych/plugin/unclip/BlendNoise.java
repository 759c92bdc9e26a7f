// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.unclip;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.node.Default;
import dev.diptych.api.node.Help;
import dev.diptych.api.node.Node;
import dev.diptych.api.node.NodeContext;
import dev.diptych.api.node.NodeType;
import dev.diptych.api.node.Range;
import dev.diptych.api.value.Latent;

import org.pf4j.Extension;

import java.util.List;
import java.util.Map;

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

    /// What two noises that were found by inversion must have in common.
    private static final List<String> SAME = List.of("decoder", "model", "timesteps", "ending");

    @Override
    public Out run(In in, NodeContext context) {
        Map<String, String> first = in.a().origin();
        Map<String, String> second = in.b().origin();
        for (String each : SAME) {
            String one = first.get(each);
            String other = second.get(each);
            if (one != null && other != null && !one.equals(other)) {
                throw NodeException.user(
                                "unclip/other-noise",
                                "The two noises were found in different ways: their %s differ.",
                                switch (each) {
                                    case "ending" -> "last levels";
                                    case "timesteps" -> each;
                                    default -> each + "s";
                                })
                        .next("Invert both pictures with the same model, steps and first timestep.");
            }
        }
        return new Out(
                in.t() == 1
                        ? in.b()
                        : new Latent(Rotation.between(in.a().tensor(), in.b().tensor(), in.t()), in.a().origin()));
    }
}
