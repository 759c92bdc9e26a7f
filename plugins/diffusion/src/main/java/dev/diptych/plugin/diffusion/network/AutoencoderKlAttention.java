// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.network;

import dev.diptych.api.network.GroupNorm;
import dev.diptych.api.network.Linear;
import dev.diptych.api.network.Module;
import dev.diptych.api.network.Named;
import dev.diptych.api.network.Symbol;

/// Every pixel looks at every other, with one head as wide as the picture has channels.
final class AutoencoderKlAttention extends Module {
    private final GroupNorm groupNorm;
    private final Linear toQ;
    private final Linear toK;
    private final Linear toV;

    @Named("to_out.0")
    private final Linear toOut;

    AutoencoderKlAttention(AutoencoderKlSettings settings, int channels) {
        groupNorm = settings.norm(channels);
        toQ = new Linear(channels, channels);
        toK = new Linear(channels, channels);
        toV = new Linear(channels, channels);
        toOut = new Linear(channels, channels);
    }

    Symbol of(Symbol x) { // (batch, channels, height, width)
        Symbol pixels = groupNorm.of(x).flatten(2, 3).transpose(1, 2).unsqueeze(1); // (batch, 1, pixels, channels)
        Symbol seen = toQ.of(pixels).attention(toK.of(pixels), toV.of(pixels));
        Symbol out = toOut.of(seen).squeeze(1).transpose(1, 2); // (batch, channels, pixels)
        return x.plus(out.reshape(x.shape().toArray()));
    }
}
