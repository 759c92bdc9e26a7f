// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.unclip.network;

import dev.diptych.api.model.Config;
import dev.diptych.api.network.Activation;

/// What a configuration of diffusers' `PriorTransformer` says.
///
/// @param heads               of each layer
/// @param headWidth           of each head
/// @param embeddingWidth      of the noisy embedding and the encoded text
/// @param textTokens          how many tokens the encoded text has
/// @param furtherTokens       how many positions there are beside those of the text; 0 leaves all tokens but the embedding's without position
/// @param conditionWidth      of the embedding that the denoising is told
/// @param outWidth            of the result
/// @param timeWidth           between the two layers that embed the time
/// @param normalizesCondition a norm in front of the condition's projection
/// @param projectsText        the encoded text is needed and projected; otherwise it may be given at full width
/// @param hasFinalToken       a learned token at the end, whose last state is the result
/// @param normalizesInput     a norm in front of the layers
record PriorSettings(
        int heads,
        int headWidth,
        int depth,
        int embeddingWidth,
        int textTokens,
        int furtherTokens,
        int conditionWidth,
        int outWidth,
        int timeWidth,
        Activation timeActivation,
        boolean normalizesCondition,
        boolean projectsText,
        boolean hasFinalToken,
        boolean normalizesInput) {
    static PriorSettings of(Config config) {
        int heads = config.integer("num_attention_heads", 32);
        int headWidth = config.integer("attention_head_dim", 64);
        int embeddingWidth = config.integer("embedding_dim", 768);
        config.only("norm_in_type", "layer")
                .only("embedding_proj_norm_type", "layer")
                .only("encoder_hid_proj_type", "linear")
                .only("added_emb_type", "prd")
                .ignore("dropout");
        PriorSettings settings =
                new PriorSettings(
                        heads,
                        headWidth,
                        config.integer("num_layers", 20),
                        embeddingWidth,
                        config.integer("num_embeddings", 77),
                        config.integer("additional_embeddings", 4),
                        config.integer("embedding_proj_dim", embeddingWidth),
                        config.integer("clip_embed_dim", embeddingWidth),
                        config.integer("time_embed_dim", heads * headWidth),
                        config.activation("time_embed_act_fn", "silu"),
                        config.has("embedding_proj_norm_type"),
                        !config.isNull("encoder_hid_proj_type"),
                        !config.isNull("added_emb_type"),
                        config.has("norm_in_type"));
        if (!settings.hasUnplacedTokens() && settings.noisyTokens(true) < 1) {
            throw config.unsupported(
                    "additional_embeddings",
                    settings.furtherTokens
                            + " positions do not suffice for condition, time, embedding"
                            + (settings.hasFinalToken ? " and final token" : "")
                            + "; 0 leaves these without position");
        }
        return settings;
    }

    int width() {
        return heads * headWidth;
    }

    int positions() {
        return textTokens + furtherTokens;
    }

    /// Whether only the noisy embedding's tokens have positions.
    boolean hasUnplacedTokens() {
        return furtherTokens == 0;
    }

    /// How many tokens the noisy embedding is.
    int noisyTokens(boolean hasText) {
        int others = (hasText ? textTokens : 0) + 2 + (hasFinalToken ? 1 : 0); // text, condition, time, final token
        return hasUnplacedTokens() ? positions() : positions() - others;
    }
}
