// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.network;

import dev.diptych.api.model.Config;
import dev.diptych.api.network.Activation;
import dev.diptych.api.network.GroupNorm;

import java.util.List;

/// What a configuration of `AutoencoderKL` says.
///
/// @param widths    channels of each resolution, the picture's first
/// @param downTypes the encoder's block of each resolution, the picture's first
/// @param upTypes   the decoder's, the latent's first
/// @param layers    residual blocks of each resolution; the decoder has one more
record AutoencoderKlSettings(
        int pictureChannels,
        int outputChannels,
        int latentChannels,
        List<Integer> widths,
        List<String> downTypes,
        List<String> upTypes,
        int layers,
        int groups,
        Activation activation,
        boolean hasMidAttention,
        boolean hasQuantConv,
        boolean hasPostQuantConv) {
    private static final double EPSILON = 1e-6;

    static AutoencoderKlSettings of(Config config) {
        AutoencoderKlSettings settings =
                new AutoencoderKlSettings(
                        config.integer("in_channels", 3),
                        config.integer("out_channels", 3),
                        config.integer("latent_channels", 4),
                        config.integers("block_out_channels", List.of(64)),
                        types(config, "down_block_types", "DownEncoderBlock2D", "AttnDownEncoderBlock2D"),
                        types(config, "up_block_types", "UpDecoderBlock2D", "AttnUpDecoderBlock2D"),
                        config.integer("layers_per_block", 1),
                        config.integer("norm_num_groups", 32),
                        config.activation("act_fn", "silu"),
                        config.flag("mid_block_add_attention", true),
                        config.flag("use_quant_conv", true),
                        config.flag("use_post_quant_conv", true));
        // How latents are scaled and pictures cut into tiles is the caller's; float32 where float16 overflows is the
        // device's.
        config.ignore("sample_size", "scaling_factor", "shift_factor", "latents_mean", "latents_std", "force_upcast");
        settings.check(config);
        return settings;
    }

    private static List<String> types(Config config, String key, String plain, String attending) {
        List<String> types = config.texts(key, List.of(plain));
        types.stream()
                .filter(type -> !type.equals(plain) && !type.equals(attending))
                .findFirst()
                .ifPresent(type -> {
                    throw config.unsupported(key, type + " is not implemented; allowed: " + plain + ", " + attending);
                });
        return types;
    }

    private void check(Config config) {
        if (downTypes.size() != widths.size()) {
            throw config.unsupported("down_block_types", downTypes.size() + " for " + widths.size() + " resolutions");
        }
        if (upTypes.size() != widths.size()) {
            throw config.unsupported("up_block_types", upTypes.size() + " for " + widths.size() + " resolutions");
        }
        for (int width : widths) {
            if (groups < 1 || width % groups != 0) {
                throw config.unsupported("norm_num_groups", width + " channels have no " + groups + " equal groups");
            }
        }
    }

    GroupNorm norm(int channels) {
        return new GroupNorm(groups, channels, EPSILON);
    }
}
