// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.model.Model;
import dev.diptych.api.node.NodeContext;
import dev.diptych.api.value.ModelReference;
import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.diffusion.guidance.Gradient;

import java.util.List;
import java.util.Map;
import java.util.Objects;

/// A classifier that knows noise, guided-diffusion's `EncoderUNetModel`: which way a noisy picture shows more of a class. Dhariwal and Nichol, arXiv:2105.05233, section 4.
final class Classifier {
    private static final String GOODNESS = "log_prob";

    private Classifier() {}

    /// @param label of the class that is wanted
    /// @throws NodeException `diffusion/no-classifier`, `diffusion/class`
    static Gradient gradient(NodeContext context, ModelReference reference, int label) {
        List<String> components = context.components(reference);
        Model network = context.model(reference, components.contains("classifier") ? "classifier" : "model");
        boolean isOne =
                network.network().functions().stream().anyMatch(function -> function.outputs().containsKey(GOODNESS));
        if (!isOne) {
            throw NodeException.user("diffusion/no-classifier", "%s does not classify noisy pictures.", reference.id())
                    .next("Choose a classifier of guided-diffusion (EncoderUNetModel), or leave it open.");
        }
        int classes = network.config().integer("out_channels");
        if (label < 0 || label >= classes) {
            throw NodeException.user(
                    "diffusion/class",
                    "The label %d is outside of the classes of %s, 0 … %d.",
                    label,
                    reference.id(),
                    classes - 1);
        }
        return (x, timestep) -> {
            Map<String, Tensor> inputs =
                    Map.of(
                            "x", x,
                            "timesteps", PixelModel.times(timestep, x.size(0)),
                            "y", PixelModel.labels(label, x.size(0)));
            return Objects.requireNonNull(network.gradient(Model.FORWARD, inputs, GOODNESS, List.of("x")).get("x"));
        };
    }
}
