// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.unclip;

import dev.diptych.api.model.Model;
import dev.diptych.api.node.NodeContext;
import dev.diptych.api.value.ModelReference;
import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.clip.Clip;
import dev.diptych.plugin.diffusion.arithmetic.TensorMath;
import dev.diptych.plugin.diffusion.guidance.ClassifierFreeGuidance;
import dev.diptych.plugin.diffusion.guidance.Denoiser;
import dev.diptych.plugin.diffusion.sampling.Sampler;
import dev.diptych.plugin.diffusion.sampling.Watcher;
import dev.diptych.plugin.diffusion.solver.NoiseSource;
import dev.diptych.plugin.diffusion.solver.Solver;
import dev.diptych.plugin.diffusion.solver.Solvers;

import java.util.List;
import java.util.Map;
import java.util.Objects;

/// From a caption to embeddings of pictures that it may describe: diffusion in the space of embeddings. Ramesh et al., arXiv:2204.06125, section 2.2.
final class DiffusionPrior {
    private final NodeContext context;
    private final ModelReference reference;
    private final Clip clip;
    private final Model network;

    DiffusionPrior(NodeContext context, ModelReference reference) {
        this.context = context;
        this.reference = reference;
        this.clip = Clip.of(context, reference);
        this.network = context.model(reference, "prior");
    }

    /// @param captions one for each embedding
    /// @param guidance g; 1 is conditional
    /// @param step     further arguments of the scheduler's steps, as diffusers names them
    /// @return (captions, dimensions), as CLIP's image encoder gives them
    Tensor sample(
            List<String> captions,
            String negative,
            int steps,
            double guidance,
            Map<String, ?> step,
            NoiseSource noise) {
        Solver solver = Solvers.of(context.config(reference, "prior_scheduler").values(), steps, step);
        boolean isGuided = guidance != 1;
        TextConditions texts = TextConditions.of(clip, captions, negative, isGuided);
        Denoiser rows = (x, timestep) -> predict(x, timestep, texts);
        Denoiser denoiser =
                isGuided
                        ? ClassifierFreeGuidance.ofBatch(
                                rows, ClassifierFreeGuidance.Order.UNCONDITIONAL_FIRST, guidance)
                        : rows;
        int width = texts.embeddings().size(1);
        Tensor start = TensorMath.linear(solver.initialScale(), noise.normal(captions.size(), width));
        Tensor normalized = Sampler.of(solver, denoiser).drawing(noise).watched(Watcher.of(context)).run(start);
        return output(network.call("post_process_latents", Map.of("prior_latents", normalized)), "prior_latents");
    }

    private Tensor predict(Tensor x, double timestep, TextConditions texts) {
        return output(
                network.call(
                        Map.of(
                                "hidden_states", x,
                                "timestep", Batches.times(timestep, x.size(0)),
                                "proj_embedding", texts.embeddings(),
                                "encoder_hidden_states", texts.hidden(),
                                "attention_mask", texts.mask())),
                "predicted_image_embedding");
    }

    String space() {
        return clip.space();
    }

    private static Tensor output(Map<String, Tensor> outputs, String name) {
        return Objects.requireNonNull(outputs.get(name), name);
    }
}
