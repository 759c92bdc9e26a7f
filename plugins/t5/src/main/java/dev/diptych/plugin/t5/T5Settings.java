// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.t5;

import dev.diptych.api.model.Config;
import dev.diptych.api.model.TransformersSettings;
import dev.diptych.api.network.Activation;

/// What a configuration of T5 says of its encoder.
record T5Settings(
        int vocabulary,
        int width,
        int headWidth,
        int hidden,
        int depth,
        int heads,
        RelativePositions positions,
        double epsilon,
        boolean isGated,
        Activation activation) {
    private static final String FEED_FORWARD = "feed_forward_proj";
    private static final String GATED = "gated-";

    static T5Settings of(Config config) {
        TransformersSettings.ignore(config)
                .ignore(
                        "dropout_rate",
                        "classifier_dropout",
                        "n_positions",
                        "num_decoder_layers",
                        "scale_decoder_outputs");
        String feedForward = config.text(FEED_FORWARD, "relu");
        boolean isGated = feedForward.startsWith(GATED);
        String function = isGated ? feedForward.substring(GATED.length()) : feedForward;
        String named = feedForward.equals("gated-gelu") ? "gelu_new" : function;
        config.only("dense_act_fn", named).only("is_gated_act", isGated);
        Activation activation =
                Activation.named(named)
                        .orElseThrow(() ->
                                config.unsupported(
                                        FEED_FORWARD,
                                        feedForward
                                                + " is not implemented; allowed, with or without \""
                                                + GATED
                                                + "\" in front: "
                                                + String.join(", ", Activation.names())));
        return new T5Settings(
                config.integer("vocab_size", 32128),
                config.integer("d_model", 512),
                config.integer("d_kv", 64),
                config.integer("d_ff", 2048),
                config.integer("num_layers", 6),
                config.integer("num_heads", 8),
                positions(config),
                config.number("layer_norm_epsilon", 1e-6),
                isGated,
                activation);
    }

    private static RelativePositions positions(Config config) {
        int buckets = config.integer("relative_attention_num_buckets", 32);
        int maxDistance = config.integer("relative_attention_max_distance", 128);
        if (buckets < 4) {
            throw config.unsupported("relative_attention_num_buckets", buckets + " is below 4");
        }
        if (maxDistance <= buckets / 4) {
            throw config.unsupported(
                    "relative_attention_max_distance",
                    maxDistance + " is not above a quarter of the " + buckets + " buckets");
        }
        return new RelativePositions(buckets, maxDistance);
    }
}
