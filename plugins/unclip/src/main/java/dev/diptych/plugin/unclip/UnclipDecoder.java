// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.unclip;

import dev.diptych.api.model.Model;
import dev.diptych.api.node.NodeContext;
import dev.diptych.api.value.Embedding;
import dev.diptych.api.value.ModelReference;
import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.clip.Clip;
import dev.diptych.plugin.diffusion.guidance.ClassifierFreeGuidance;
import dev.diptych.plugin.diffusion.guidance.Denoiser;
import dev.diptych.plugin.diffusion.picture.Pictures;
import dev.diptych.plugin.diffusion.sampling.Watcher;
import dev.diptych.plugin.diffusion.schedule.PredictionType;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// The decoder of a model folder, for the time of one node's run: the network that inverts CLIP, with its conditions filled in.
final class UnclipDecoder {
    private final NodeContext context;
    private final ModelReference reference;
    private final Clip clip;
    private final Model network;
    private final Model projection;

    UnclipDecoder(NodeContext context, ModelReference reference) {
        this.context = context;
        this.reference = reference;
        this.clip = Clip.of(context, reference);
        this.network = context.model(reference, "decoder");
        this.projection = context.model(reference, "text_proj");
    }

    /// The side of the pictures that it makes, in pixels.
    int side() {
        return network.config().integer("sample_size", 64);
    }

    int channels() {
        return network.config().integer("in_channels", 3);
    }

    /// What the network predicts.
    PredictionType prediction() {
        return switch (String.valueOf(scheduler().getOrDefault("prediction_type", "epsilon"))) {
            case "sample" -> PredictionType.SAMPLE;
            case "v_prediction" -> PredictionType.VELOCITY;
            default -> PredictionType.EPSILON;
        };
    }

    /// The published settings of its scheduler.
    Map<String, Object> scheduler() {
        return context.config(reference, "decoder_scheduler").values();
    }

    /// @throws dev.diptych.api.error.NodeException if the embedding lives in another space
    void requireSpace(Embedding embedding) {
        Spaces.requireOwn(embedding, "the decoder of " + reference.id(), clip.space());
    }

    /// The network with an embedding and a caption for each row.
    ///
    /// @param guidance g; 1 is conditional, and half the work
    Denoiser denoiser(List<Embedding> embeddings, List<String> captions, String negative, double guidance) {
        embeddings.forEach(this::requireSpace);
        boolean isGuided = guidance != 1;
        TextConditions texts = TextConditions.of(clip, captions, negative, isGuided);
        Map<String, Tensor> projected =
                projection.call(
                        isGuided ? "guided" : Model.FORWARD,
                        Map.of(
                                "image_embeddings", Batches.rows(embeddings),
                                "prompt_embeds", texts.embeddings(),
                                "text_encoder_hidden_states", texts.hidden()));
        return denoiser(
                output(projected, "text_encoder_hidden_states"),
                output(projected, "additive_clip_time_embeddings"),
                texts.mask(),
                isGuided,
                guidance);
    }

    private Denoiser denoiser(Tensor tokens, Tensor labels, Tensor textMask, boolean isGuided, double guidance) {
        Tensor mask = widened(textMask, tokens.size(1));
        Denoiser rows =
                (x, timestep) ->
                        output(
                                network.call(
                                        Map.of(
                                                "sample", x,
                                                "timestep", Batches.times(timestep, x.size(0)),
                                                "encoder_hidden_states", tokens,
                                                "class_labels", labels,
                                                "encoder_attention_mask", mask)),
                                "sample");
        return isGuided
                ? ClassifierFreeGuidance.ofBatch(rows, ClassifierFreeGuidance.Order.UNCONDITIONAL_FIRST, guidance)
                : rows;
    }

    /// The tokens that stand for the picture come before the caption's, and are always seen.
    private static Tensor widened(Tensor mask, int tokens) {
        int rows = mask.size(0);
        int own = mask.size(1);
        long[] wide = new long[rows * tokens];
        Arrays.fill(wide, 1);
        for (int row = 0; row < rows; row++) {
            System.arraycopy(mask.longs(), row * own, wide, (row + 1) * tokens - own, own);
        }
        return Tensor.ofLongs(wide, rows, tokens);
    }

    /// Progress, cancellation, and the first picture of the batch as a preview.
    Watcher watcher() {
        return Watcher.of(context, denoised -> Pictures.image(denoised, 0));
    }

    private static Tensor output(Map<String, Tensor> outputs, String name) {
        return Objects.requireNonNull(outputs.get(name), name);
    }
}
