// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.network;

import dev.diptych.api.network.Module;
import dev.diptych.api.network.Named;
import dev.diptych.api.network.Symbol;

/// The lowest resolution: residual block, attention, residual block. Some networks have no attention there, some no second residual block.
final class MidBlock extends Module implements Layer {
    @Named("")
    private final BlockLayers layers;

    MidBlock(BlockLayers layers) {
        this.layers = layers;
    }

    /// (batch, channels, height, width) → the same shape
    @Override
    public Symbol of(Symbol x, Conditioning conditioning) {
        x = layers.residual(0, x, conditioning);
        for (int i = 1; i < layers.count(); i++) {
            x = layers.attention(i - 1, x, conditioning);
            x = layers.residual(i, x, conditioning);
        }
        return x;
    }
}
