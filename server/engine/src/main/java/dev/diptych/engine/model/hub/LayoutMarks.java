// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.hub;

import dev.diptych.engine.model.checkpoint.StoredTensor;

import java.util.Map;
import java.util.Objects;
import java.util.Set;

/// Recognises what a single file of weights is by the names and shapes of its tensors.
final class LayoutMarks {
    /// Layouts that authors publish as one file.
    enum Layout {
        STABLE_DIFFUSION_1,
        STABLE_DIFFUSION_2,
        STABLE_DIFFUSION_XL,
        STABLE_DIFFUSION_INPAINTING,
        LATENT_DIFFUSION,
        OPENAI_CLIP,
        CLIP,
        GLIDE,
        GUIDED_DIFFUSION,
        DIFFUSION_AUTOENCODER,
        UNET,
        AUTOENCODER,
        LOW_RANK_ADAPTER,
        LYCORIS_ADAPTER,
        TEXTUAL_INVERSION,
        UNKNOWN
    }

    private static final String LDM_INPUT = "model.diffusion_model.input_blocks.0.0.weight";
    private static final int CHANNELS_OF_INPAINTING = 9;
    private static final int MOST_OF_AN_INVERSION = 16;
    private static final Set<String> INVERSIONS = Set.of("emb_params", "clip_l", "clip_g");

    private LayoutMarks() {}

    /// @param tensors of the whole file
    static Layout of(Map<String, StoredTensor> tensors) {
        Set<String> names = tensors.keySet();
        if (names.contains(LDM_INPUT)) {
            return latentDiffusion(tensors);
        }
        if (has(names, ".hada_w1_a", ".hada_w1_b", ".lokr_w1", ".lokr_w1_a")) {
            return Layout.LYCORIS_ADAPTER;
        }
        if (has(
                names,
                ".lora_down.weight",
                ".lora_A.weight",
                ".lora.down.weight",
                "_lora.down.weight",
                ".lora_linear_layer.down.weight")) {
            return Layout.LOW_RANK_ADAPTER;
        }
        if (names.contains("visual.proj") && names.contains("token_embedding.weight")) {
            return Layout.OPENAI_CLIP;
        }
        if (names.contains("text_model.embeddings.token_embedding.weight")
                && names.contains("vision_model.embeddings.class_embedding")) {
            return Layout.CLIP;
        }
        if (names.contains("input_blocks.0.0.weight")) {
            return names.contains("token_embedding.weight") ? Layout.GLIDE : Layout.GUIDED_DIFFUSION;
        }
        if (names.stream().anyMatch(name -> name.startsWith("ema_model.encoder.input_blocks."))) {
            return Layout.DIFFUSION_AUTOENCODER;
        }
        if (names.contains("encoder.conv_in.weight") && names.contains("decoder.conv_out.weight")) {
            return Layout.AUTOENCODER;
        }
        if (names.contains("conv_in.weight") && names.stream().anyMatch(name -> name.startsWith("down_blocks."))) {
            return Layout.UNET;
        }
        return isInversion(tensors) ? Layout.TEXTUAL_INVERSION : Layout.UNKNOWN;
    }

    private static Layout latentDiffusion(Map<String, StoredTensor> tensors) {
        Set<String> names = tensors.keySet();
        long[] input = Objects.requireNonNull(tensors.get(LDM_INPUT)).shape();
        if (input.length == 4 && input[1] == CHANNELS_OF_INPAINTING) {
            return Layout.STABLE_DIFFUSION_INPAINTING;
        }
        if (names.stream().anyMatch(name -> name.startsWith("conditioner.embedders."))) {
            return Layout.STABLE_DIFFUSION_XL;
        }
        if (names.stream().anyMatch(name -> name.startsWith("cond_stage_model.model."))) {
            return Layout.STABLE_DIFFUSION_2;
        }
        return names.stream().anyMatch(name -> name.startsWith("cond_stage_model.transformer.text_model."))
                ? Layout.STABLE_DIFFUSION_1
                : Layout.LATENT_DIFFUSION;
    }

    private static boolean has(Set<String> names, String... ends) {
        for (String name : names) {
            for (String end : ends) {
                if (name.endsWith(end)) {
                    return true;
                }
            }
        }
        return false;
    }

    /// A few vectors for words: `emb_params`, `string_to_param.*`, `clip_l` and `clip_g`, or one tensor under the word's name.
    private static boolean isInversion(Map<String, StoredTensor> tensors) {
        return tensors.size() <= MOST_OF_AN_INVERSION
                && tensors.entrySet().stream()
                        .anyMatch(entry ->
                                INVERSIONS.contains(entry.getKey())
                                        || entry.getKey().startsWith("string_to_param")
                                        || entry.getKey().startsWith("<")
                                        || tensors.size() == 1 && isWord(entry.getKey(), entry.getValue()));
    }

    /// Any word may be learnt, but none ends as parameters do.
    private static boolean isWord(String name, StoredTensor tensor) {
        int rank = tensor.shape().length;
        return tensor.type().isFloating()
                && (rank == 1 || rank == 2)
                && !("." + name).endsWith(".weight")
                && !("." + name).endsWith(".bias");
    }
}
