// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.network;

import dev.diptych.api.network.Conv3d;
import dev.diptych.api.network.GroupNorm;
import dev.diptych.api.network.Module;
import dev.diptych.api.network.Named;
import dev.diptych.api.network.Symbol;

/// Four convolutions along the time, added to the input. Wang et al., arXiv:2308.06571 (ModelScope text-to-video), section 3.2.
final class TemporalConvolution extends Module implements Layer {
    @Named("conv1.0")
    private final GroupNorm norm1;

    @Named("conv1.2")
    private final Conv3d conv1;

    @Named("conv2.0")
    private final GroupNorm norm2;

    @Named("conv2.3")
    private final Conv3d conv2;

    @Named("conv3.0")
    private final GroupNorm norm3;

    @Named("conv3.3")
    private final Conv3d conv3;

    @Named("conv4.0")
    private final GroupNorm norm4;

    @Named("conv4.3")
    private final Conv3d conv4;

    TemporalConvolution(int channels, int groups) {
        norm1 = new GroupNorm(groups, channels);
        conv1 = alongTime(channels);
        norm2 = new GroupNorm(groups, channels);
        conv2 = alongTime(channels);
        norm3 = new GroupNorm(groups, channels);
        conv3 = alongTime(channels);
        norm4 = new GroupNorm(groups, channels);
        conv4 = alongTime(channels);
    }

    private static Conv3d alongTime(int channels) {
        int[] one = {1, 1, 1};
        return new Conv3d(channels, channels, new int[] {3, 1, 1}, one, new int[] {1, 0, 0}, one, 1, true);
    }

    /// (batch · frames, channels, height, width) → the same shape
    @Override
    public Symbol of(Symbol x, Conditioning conditioning) {
        var video = Videos.of(x, conditioning.frames()); // (batch, channels, frames, height, width)
        var h = conv1.of(norm1.of(video).silu());
        h = conv2.of(norm2.of(h).silu());
        h = conv3.of(norm3.of(h).silu());
        h = conv4.of(norm4.of(h).silu());
        return Videos.toFrames(video.plus(h));
    }
}
