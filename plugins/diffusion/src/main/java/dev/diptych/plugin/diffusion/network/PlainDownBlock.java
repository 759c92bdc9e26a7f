// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.network;

import dev.diptych.api.network.Module;
import dev.diptych.api.network.Named;
import dev.diptych.api.network.Symbol;

import java.util.List;

/// Residual block, attention, residual block, attention, …, to the half. After each pair, and at the end, it leaves a picture for the way up.
final class PlainDownBlock extends Module implements DownBlock {
    @Named("")
    private final BlockLayers layers;

    private final List<? extends Layer> downsamplers;

    /// @param downsamplers one, or none in the last block
    PlainDownBlock(BlockLayers layers, List<? extends Layer> downsamplers) {
        this.layers = layers;
        this.downsamplers = downsamplers;
    }

    @Override
    public Symbol of(Symbol x, Conditioning conditioning, Skips skips) {
        for (int i = 0; i < layers.count(); i++) {
            x = layers.attention(i, layers.residual(i, x, conditioning), conditioning);
            skips.push(x);
        }
        for (var downsampler : downsamplers) {
            x = downsampler.of(x, conditioning);
            skips.push(x);
        }
        return x;
    }
}
