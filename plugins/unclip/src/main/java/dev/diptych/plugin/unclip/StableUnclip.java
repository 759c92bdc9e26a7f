// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.unclip;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.model.Model;
import dev.diptych.api.node.NodeContext;
import dev.diptych.api.value.ModelReference;
import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.diffusion.arithmetic.Slices;
import dev.diptych.plugin.diffusion.schedule.NoiseSchedule;
import dev.diptych.plugin.diffusion.solver.NoiseSource;
import dev.diptych.plugin.diffusion.solver.TrainedSchedule;
import dev.diptych.plugin.latent.Generation;
import dev.diptych.plugin.latent.LatentDiffusion;

import java.util.List;
import java.util.Map;
import java.util.Objects;

/// Stable unCLIP from a model folder, for the time of one node's run: a Stable Diffusion whose network is told, beside a caption, the embedding of a picture and how much noise that
/// has. The noise goes onto the normalised embedding, as in diffusers' `noise_image_embeddings`.
final class StableUnclip {
    private static final String NORMALIZER = "image_normalizer";
    private static final String NOISING = "image_noising_scheduler";
    private static final double LONGEST_WAVE = 10_000;

    private final NodeContext context;
    private final ModelReference reference;
    private final Model normalizer;
    private final NoiseSchedule schedule;
    private final LatentDiffusion diffusion;

    /// @throws NodeException `unclip/no-stable-unclip`
    StableUnclip(NodeContext context, ModelReference reference) {
        List<String> components = context.components(reference);
        if (!components.contains(NORMALIZER) || !components.contains(NOISING)) {
            throw NodeException.user(
                            "unclip/no-stable-unclip",
                            "%s is no Stable unCLIP: of %s and %s it has not both; it has %s.",
                            reference.id(),
                            NORMALIZER,
                            NOISING,
                            String.join(", ", components))
                    .next(
                            "Choose a folder of StableUnCLIPPipeline or StableUnCLIPImg2ImgPipeline, or use the nodes of unCLIP.");
        }
        this.context = context;
        this.reference = reference;
        normalizer = context.model(reference, NORMALIZER);
        schedule = TrainedSchedule.of(context.config(reference, NOISING).values());
        diffusion = LatentDiffusion.ofUnclip(context, reference);
    }

    /// What diffusers' pipelines give to each step of the prior's scheduler: they do not tell UnCLIPScheduler which timestep comes next, so that its steps are short ones.
    Map<String, Object> priorStep(double eta) {
        return switch (context.config(reference, "prior_scheduler").text("_class_name", "")) {
            case "UnCLIPScheduler" -> Map.of("prev", false);
            case "DDIMScheduler" -> Map.of("eta", eta);
            default -> Map.of();
        };
    }

    /// Refuses what cannot be made, before anything is computed.
    ///
    /// @throws NodeException `unclip/noise-level`, and those of [LatentDiffusion#requirePossible]
    void requirePossible(int noiseLevel, Generation wanted, int height, int width) {
        requireLevel(noiseLevel);
        diffusion.requirePossible(wanted, height, width);
    }

    private void requireLevel(int noiseLevel) {
        if (noiseLevel < 0 || noiseLevel >= schedule.length()) {
            throw NodeException.user(
                    "unclip/noise-level",
                    "The noise level %d is outside of 0 … %d, those of %s.",
                    noiseLevel,
                    schedule.length() - 1,
                    reference.id());
        }
    }

    /// Embeddings with noise, each followed by what says how much.
    ///
    /// @param embeddings (rows, width), as CLIP gives them
    /// @param noiseLevel a timestep of the schedule for embeddings
    /// @param noise      drawn from once, also where the level is 0
    /// @return (rows, 2 width)
    Tensor labels(Tensor embeddings, int noiseLevel, NoiseSource noise) {
        requireLevel(noiseLevel);
        int width = embeddings.size(1);
        int wanted = normalizer.config().integer("embedding_dim", 768);
        if (width != wanted) {
            throw Spaces.refused("The embedding has %d numbers, %s takes %d.", width, reference.id(), wanted)
                    .next(Spaces.MAKE);
        }
        Tensor drawn = noise.normal(embeddings.shape());
        Tensor noisy = schedule.noised(normalized("scale", embeddings), drawn, noiseLevel);
        return Slices.joinChannels(normalized("unscale", noisy), waves(noiseLevel, embeddings.size(0), width));
    }

    private Tensor normalized(String function, Tensor embeddings) {
        return Objects.requireNonNull(normalizer.call(function, Map.of("embeds", embeddings)).get("embeds"));
    }

    /// Cosines, then sines, of the level: `get_timestep_embedding` with `flip_sin_to_cos`. An odd width ends in 0.
    private static Tensor waves(int level, int rows, int width) {
        int half = width / 2;
        float[] values = new float[rows * width];
        for (int row = 0; row < rows; row++) {
            for (int i = 0; i < half; i++) {
                double phase = level * Math.exp(-Math.log(LONGEST_WAVE) * i / half);
                values[row * width + i] = (float) Math.cos(phase);
                values[row * width + half + i] = (float) Math.sin(phase);
            }
        }
        return Tensor.ofFloats(values, rows, width);
    }

    /// The latent diffusion, which has to be told the [#labels].
    LatentDiffusion diffusion() {
        return diffusion;
    }
}
