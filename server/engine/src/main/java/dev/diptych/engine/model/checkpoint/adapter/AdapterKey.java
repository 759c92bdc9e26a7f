// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.checkpoint.adapter;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A tensor's name in an adapter's file, taken apart.
///
/// @param component `unet`, `text_encoder`, `text_encoder_2`, or null where the name does not say
/// @param module    whose weight is changed: a path with dots, or one with underscores only (`isFlat`)
/// @param isFlat    whether dots were written as underscores
/// @param factor    which factor this is
record AdapterKey(@Nullable String component, String module, boolean isFlat, String factor) {
    /// How the names begin in a file that PEFT has saved.
    static final String PEFT = "base_model.model.";

    private record Spelling(Pattern pattern, String factor) {}

    private record Prefix(String text, @Nullable String component, boolean isFlat) {}

    /// The ends of names, by trainer.
    private static final List<Spelling> SPELLINGS =
            List.of(
                    spelling("(.+)\\.lora_down\\.weight", "down"),
                    spelling("(.+)\\.lora_up\\.weight", "up"),
                    spelling("(.+)\\.lora_mid\\.weight", "mid"),
                    spelling("(.+)\\.lora_A(?:\\.[A-Za-z0-9_-]+)?\\.weight", "down"),
                    spelling("(.+)\\.lora_B(?:\\.[A-Za-z0-9_-]+)?\\.weight", "up"),
                    spelling("(.+)\\.lora_embedding_A(?:\\.[A-Za-z0-9_-]+)?", "embedding"),
                    spelling("(.+)\\.lora_embedding_B(?:\\.[A-Za-z0-9_-]+)?", "embedding"),
                    spelling("(.+)\\.lora_B(?:\\.[A-Za-z0-9_-]+)?\\.bias", "bias"),
                    spelling("(.+)\\.lora(?:_linear_layer|_conv_layer)?\\.down\\.weight", "down"),
                    spelling("(.+)\\.lora(?:_linear_layer|_conv_layer)?\\.up\\.weight", "up"),
                    spelling("(.+_lora)\\.down\\.weight", "down"),
                    spelling("(.+_lora)\\.up\\.weight", "up"),
                    spelling("(.+?)(?:\\.lora(?:_linear_layer)?|\\.lora_down)?\\.(?:alpha|network_alpha)", "alpha"),
                    spelling("(.+)\\.dora_scale", "dora"),
                    spelling("(.+)\\.lora_magnitude_vector(?:\\..+)?", "dora"),
                    spelling("(.+)\\.(?:weight\\.)?diff", "diff"),
                    spelling("(.+)\\.diff_b", "diff_b"),
                    spelling("(.+)\\.(hada_w1_a|hada_w1_b|hada_w2_a|hada_w2_b|hada_t1|hada_t2)", ""),
                    spelling("(.+)\\.(lokr_w1|lokr_w1_a|lokr_w1_b|lokr_w2|lokr_w2_a|lokr_w2_b|lokr_t2)", ""),
                    spelling(
                            "(.+)\\.(oft_blocks|oft_diag|on_input|w_norm|b_norm|a1|a2|b1|b2|norm_k)(?:\\.weight)?",
                            ""));

    /// The beginnings of names; the longest that fits is first.
    private static final List<Prefix> PREFIXES =
            List.of(
                    new Prefix(PEFT, null, false),
                    new Prefix("lora_unet_", "unet", true),
                    new Prefix("lora_te1_", "text_encoder", true),
                    new Prefix("lora_te2_", "text_encoder_2", true),
                    new Prefix("lora_te_", "text_encoder", true),
                    new Prefix("lora_prior_unet_", "prior", true),
                    new Prefix("lora_prior_te_", "text_encoder", true),
                    new Prefix("lycoris_", null, true),
                    new Prefix("unet.", "unet", false),
                    new Prefix("text_encoder_2.", "text_encoder_2", false),
                    new Prefix("text_encoder.", "text_encoder", false),
                    new Prefix("prior.", "prior", false));

    private static Spelling spelling(String pattern, String factor) {
        return new Spelling(Pattern.compile(pattern), factor);
    }

    /// Null if the name is none that an adapter has.
    static @Nullable AdapterKey parse(String name) {
        for (Spelling spelling : SPELLINGS) {
            Matcher matcher = spelling.pattern().matcher(name);
            if (matcher.matches()) {
                String factor = spelling.factor().isEmpty() ? matcher.group(2) : spelling.factor();
                return of(matcher.group(1), factor);
            }
        }
        return null;
    }

    private static AdapterKey of(String path, String factor) {
        for (Prefix prefix : PREFIXES) {
            if (path.startsWith(prefix.text())) {
                return new AdapterKey(
                        prefix.component(), path.substring(prefix.text().length()), prefix.isFlat(), factor);
            }
        }
        return new AdapterKey(null, path, false, factor);
    }
}
