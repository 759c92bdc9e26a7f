// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.latent;

import dev.diptych.api.model.Model;
import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.diffusion.arithmetic.Slices;
import dev.diptych.plugin.diffusion.arithmetic.TensorMath;
import dev.diptych.plugin.diffusion.guidance.ClassifierFreeGuidance;
import dev.diptych.plugin.diffusion.guidance.Denoiser;

import org.jspecify.annotations.Nullable;

import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

/// The U-Net with its conditions filled in: captions, the strength of guidance if it was distilled to guide by itself, what is seen beside the latent, and what
/// Stable unCLIP's is told of a picture.
final class LatentDenoiser {
    private final Model network;
    private final PromptEncoder prompts;
    private final int guidanceWidth;
    private final @Nullable Tensor labels;

    LatentDenoiser(Model network, PromptEncoder prompts) {
        this(network, prompts, null);
    }

    private LatentDenoiser(Model network, PromptEncoder prompts, @Nullable Tensor labels) {
        this.network = network;
        this.prompts = prompts;
        this.labels = labels;
        this.guidanceWidth = network.config().integer("time_cond_proj_dim", 0);
    }

    /// @param of (rows, width), `class_labels` of the conditional half; those of the unconditional one are zeros
    LatentDenoiser told(Tensor of) {
        return new LatentDenoiser(network, prompts, of);
    }

    /// Whether it was distilled to do without an unconditional half.
    boolean guidesItself() {
        return guidanceWidth > 0;
    }

    /// @param beside (1 or rows, channels, height, width), put behind the channels of each latent; null for nothing
    Denoiser of(Generation wanted, @Nullable Tensor beside) {
        double guidance = wanted.guidanceScale();
        if (guidesItself() || guidance == 1) {
            return rows(prompts.states(wanted.prompts(), wanted.skippedLayers()), guidance, beside, labels);
        }
        Tensor without = prompts.states(wanted.negatives(), 0);
        Tensor nothing = labels == null ? null : TensorMath.filled(0, labels.shape());
        if (guidance == 0) {
            return rows(without, guidance, beside, nothing);
        }
        Tensor with = prompts.states(wanted.prompts(), wanted.skippedLayers());
        Tensor told = labels == null || nothing == null ? null : Slices.joinSamples(nothing, labels);
        Denoiser both = rows(Slices.joinSamples(without, with), guidance, beside, told);
        return ClassifierFreeGuidance.ofBatch(both, ClassifierFreeGuidance.Order.UNCONDITIONAL_FIRST, guidance)
                .rescaled(wanted.guidanceRescale());
    }

    private Denoiser rows(Tensor states, double guidance, @Nullable Tensor beside, @Nullable Tensor told) {
        int rows = states.size(0);
        Map<String, Tensor> conditions = new HashMap<>();
        conditions.put("encoder_hidden_states", states);
        if (guidesItself()) {
            conditions.put("timestep_cond", GuidanceEmbedding.of(guidance, rows, guidanceWidth));
        }
        if (told != null) {
            conditions.put("class_labels", told);
        }
        Tensor besideEach = beside == null ? null : Slices.repeated(beside, rows);
        return (x, timestep) -> {
            Map<String, Tensor> inputs = new HashMap<>(conditions);
            inputs.put("sample", besideEach == null ? x : Slices.joinChannels(x, besideEach));
            inputs.put("timestep", Rows.times(timestep, rows));
            return Objects.requireNonNull(network.call(inputs).get("sample"), "sample");
        };
    }
}
