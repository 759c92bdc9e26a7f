// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.network;

import dev.diptych.api.model.Config;

import java.util.List;

/// One resolution of a U-Net, on one of its ways.
///
/// @param channels      of its result
/// @param layers        how many residual blocks
/// @param heads         of a transformer's attention
/// @param headDim       channels of a head of the other attentions
/// @param depths        of the transformers: one for each residual block
/// @param textWidth     of the tokens that are looked at
/// @param onlyText      whether attention is to the text alone
record Level(
        BlockType type,
        int channels,
        int layers,
        int heads,
        int headDim,
        List<Integer> depths,
        int textWidth,
        boolean onlyText) {

    /// How many levels a configuration has.
    ///
    /// @throws dev.diptych.api.error.NodeException if its lists differ in length
    static int count(Config config, List<Integer> channels, List<String> downTypes, List<String> upTypes) {
        if (downTypes.size() != channels.size()) {
            throw config.unsupported(
                    "down_block_types",
                    downTypes.size() + " blocks and " + channels.size() + " block_out_channels; both must be as many");
        }
        if (upTypes.size() != channels.size()) {
            throw config.unsupported(
                    "up_block_types",
                    upTypes.size() + " blocks and " + channels.size() + " block_out_channels; both must be as many");
        }
        return channels.size();
    }
}
