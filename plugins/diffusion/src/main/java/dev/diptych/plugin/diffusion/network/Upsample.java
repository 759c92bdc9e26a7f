// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.network;

import dev.diptych.api.network.Conv2d;
import dev.diptych.api.network.Module;
import dev.diptych.api.network.Symbol;

/// To the size of a larger picture, by repeating pixels, and a convolution.
final class Upsample extends Module {
    private final Conv2d conv;

    Upsample(int channels) {
        conv = new Conv2d(channels, channels, 3);
    }

    /// (batch, channels, height, width) → (batch, channels, height and width of `like`)
    Symbol of(Symbol x, Symbol like) {
        return conv.of(x.resizeNearest(like.size(2), like.size(3)));
    }
}
