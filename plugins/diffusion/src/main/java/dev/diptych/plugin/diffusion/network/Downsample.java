// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.network;

import dev.diptych.api.network.Conv2d;
import dev.diptych.api.network.Module;
import dev.diptych.api.network.Symbol;

/// To the half, by a convolution with stride 2.
final class Downsample extends Module implements Layer {
    private final Conv2d conv;
    private final transient boolean isLopsided;

    /// @param padding border of zeros all around; 0 for one on the right and at the bottom alone
    Downsample(int channels, int padding) {
        conv = new Conv2d(channels, channels, 3, 2, padding);
        isLopsided = padding == 0;
    }

    /// (batch, channels, height, width) → (batch, channels, height / 2, width / 2); an odd size is rounded up, or down if the border is lopsided
    @Override
    public Symbol of(Symbol x, Conditioning conditioning) {
        return conv.of(isLopsided ? x.pad(0, 0, 1, 0, 1) : x);
    }
}
