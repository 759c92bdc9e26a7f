// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.adm;

import dev.diptych.api.model.Config;

import org.jspecify.annotations.Nullable;

import java.util.List;

/// How an ADM network is built.
///
/// @param in                    channels of what it is given
/// @param out                   channels of what it gives
/// @param channels              at full resolution, before the multiplier
/// @param multipliers           of the channels at each resolution, the full one first
/// @param blocks                residual blocks at each resolution on the way down; one more on the way up
/// @param attentionFactors      by how much the picture is smaller where there is attention
/// @param heads                 of attention on the way down and in the middle, where their width is not given
/// @param headsUp               on the way up
/// @param headWidth             -1 to give the number of heads
/// @param splitsBeforeHeads     the newer order of queries, keys and values: each whole, then by heads; the older has all three of a head together
/// @param scalesAndShifts       the time scales and shifts the second norm's result; otherwise it is added before
/// @param resamplesInBlocks     residual blocks halve and double the picture; otherwise layers of their own do
/// @param resamplesByConvolution whether these layers convolve
/// @param hasMiddleAttention    attention at the lowest resolution
/// @param contextWidth          of tokens that attention sees beside the pixels; null for none
/// @param groups                of channels that are normalized together; [#GROUPS] in all published networks
public record AdmSettings(
        int in,
        int out,
        int channels,
        List<Double> multipliers,
        int blocks,
        List<Integer> attentionFactors,
        int heads,
        int headsUp,
        int headWidth,
        boolean splitsBeforeHeads,
        boolean scalesAndShifts,
        boolean resamplesInBlocks,
        boolean resamplesByConvolution,
        boolean hasMiddleAttention,
        @Nullable Integer contextWidth,
        int groups) {
    /// The reference's `normalization`.
    public static final int GROUPS = 32;

    public AdmSettings {
        multipliers = List.copyOf(multipliers);
        attentionFactors = List.copyOf(attentionFactors);
    }

    /// From the arguments of the reference's constructor, and two more for networks that are smaller than any that was published, or see no pixel from afar: `num_groups`, 32 if left out, and
    /// `middle_attention`, true if left out; without it the middle block is two residual blocks, as in Karlo's upsampler.
    ///
    /// @param pictures how many pictures are put one behind the other at the input
    static AdmSettings of(Config config, int pictures) {
        config.only("dims", 2).ignore("dropout", "use_checkpoint", "use_fp16");
        int heads = config.integer("num_heads", 1);
        int headsUp = config.integer("num_heads_upsample", -1);
        AdmSettings settings =
                new AdmSettings(
                        config.integer("in_channels") * pictures,
                        config.integer("out_channels"),
                        config.integer("model_channels"),
                        config.has("channel_mult") ? config.numbers("channel_mult") : List.of(1.0, 2.0, 4.0, 8.0),
                        config.integer("num_res_blocks"),
                        config.integers("attention_resolutions"),
                        heads,
                        headsUp == -1 ? heads : headsUp,
                        config.integer("num_head_channels", -1),
                        config.flag("use_new_attention_order", false),
                        config.flag("use_scale_shift_norm", false),
                        config.flag("resblock_updown", false),
                        config.flag("conv_resample", true),
                        config.flag("middle_attention", true),
                        null,
                        config.integer("num_groups", GROUPS));
        settings.check(config, "model_channels", "num_head_channels");
        return settings;
    }

    /// Refuses channels that do not divide.
    ///
    /// @param channelsKey  the configuration's name for [#channels]
    /// @param headWidthKey its name for [#headWidth]
    public void check(Config config, String channelsKey, String headWidthKey) {
        if (groups < 1) {
            throw config.unsupported("num_groups", groups + " is less than 1");
        }
        int factor = 1;
        for (int level = 0; level < multipliers.size(); level++, factor *= 2) {
            int width = width(level);
            if (width < 1 || width % groups != 0) {
                throw config.unsupported(channelsKey, width + " channels have no " + groups + " equal groups");
            }
            boolean attends =
                    attentionFactors.contains(factor) || level == multipliers.size() - 1 && hasMiddleAttention;
            if (attends && (width % heads(width, heads) != 0 || width % heads(width, headsUp) != 0)) {
                throw config.unsupported(headWidthKey, width + " channels cannot be split into such heads");
            }
        }
    }

    /// Channels at a resolution.
    public int width(int level) {
        return (int) (multipliers.get(level) * channels);
    }

    /// Of the embedding of the time.
    public int embeddingWidth() {
        return 4 * channels;
    }

    int heads(int width, int number) {
        return Math.max(1, headWidth == -1 ? number : width / headWidth);
    }

    /// What height and width of a picture are multiples of.
    public int multiple() {
        return 1 << (multipliers.size() - 1);
    }
}
