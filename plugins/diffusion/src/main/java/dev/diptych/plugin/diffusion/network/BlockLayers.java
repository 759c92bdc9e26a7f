// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.network;

import dev.diptych.api.network.Module;
import dev.diptych.api.network.Symbol;

import java.util.List;

/// The layers of one resolution, in the order in which a picture passes them: residual block 0, attention 0, residual block 1, attention 1, … In a video
/// network each is followed by its like along the time. A kind that a network does without is an empty list.
final class BlockLayers extends Module {
    private final List<ResnetBlock> resnets;
    private final List<? extends Layer> tempConvs;
    private final List<? extends Layer> attentions;
    private final List<? extends Layer> tempAttentions;

    /// Layers for pictures.
    BlockLayers(List<ResnetBlock> resnets, List<? extends Layer> attentions) {
        this(resnets, List.of(), attentions, List.of());
    }

    /// Layers for videos.
    BlockLayers(
            List<ResnetBlock> resnets,
            List<? extends Layer> tempConvs,
            List<? extends Layer> attentions,
            List<? extends Layer> tempAttentions) {
        this.resnets = resnets;
        this.tempConvs = tempConvs;
        this.attentions = attentions;
        this.tempAttentions = tempAttentions;
    }

    /// How many residual blocks.
    int count() {
        return resnets.size();
    }

    /// (batch, in, height, width) → (batch, out, height, width)
    Symbol residual(int index, Symbol x, Conditioning conditioning) {
        return passed(tempConvs, index, resnets.get(index).of(x, conditioning), conditioning);
    }

    /// (batch, out, height, width) → the same shape
    Symbol attention(int index, Symbol x, Conditioning conditioning) {
        return passed(tempAttentions, index, passed(attentions, index, x, conditioning), conditioning);
    }

    private static Symbol passed(List<? extends Layer> layers, int index, Symbol x, Conditioning conditioning) {
        return layers.isEmpty() ? x : layers.get(index).of(x, conditioning);
    }
}
