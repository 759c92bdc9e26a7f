// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.network;

import dev.diptych.api.network.GroupNorm;
import dev.diptych.api.network.Linear;
import dev.diptych.api.network.Module;
import dev.diptych.api.network.Symbol;

import java.util.List;

/// The same pixel of all frames of a video look at each other. Wang et al., arXiv:2308.06571 (ModelScope text-to-video), section 3.2.
final class TemporalTransformer extends Module implements Layer {
    private static final double EPSILON = 1e-6;

    private final GroupNorm norm;
    private final Linear projIn;
    private final List<TransformerBlock> transformerBlocks;
    private final Linear projOut;

    TemporalTransformer(int channels, int heads, int headDim, int groups) {
        int width = heads * headDim;
        norm = new GroupNorm(groups, channels, EPSILON);
        projIn = new Linear(channels, width);
        transformerBlocks = List.of(new TransformerBlock(width, width, new Heads(heads), headDim, false));
        projOut = new Linear(width, channels);
    }

    /// (batch · frames, channels, height, width) → the same shape
    @Override
    public Symbol of(Symbol x, Conditioning conditioning) {
        var video = norm.of(Videos.of(x, conditioning.frames())); // (batch, channels, frames, height, width)
        var byPixel = video.permute(0, 3, 4, 2, 1); // (batch, height, width, frames, channels)
        var tokens = projIn.of(byPixel.flatten(0, 2)); // (batch · height · width, frames, heads · headDim)
        for (var block : transformerBlocks) {
            tokens = block.of(tokens);
        }
        var seen = projOut.of(tokens).reshape(byPixel.shape().toArray()).permute(0, 4, 3, 1, 2);
        return x.plus(Videos.toFrames(seen));
    }
}
