// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.network;

import dev.diptych.api.network.Linear;
import dev.diptych.api.network.Module;
import dev.diptych.api.network.Named;
import dev.diptych.api.network.Symbol;

/// Two linear maps with a gated GELU between them. Shazeer, arXiv:2002.05202, "GEGLU".
final class FeedForward extends Module {
    private static final int EXPANSION = 4;

    @Named("net.0.proj")
    private final Linear in;

    @Named("net.2")
    private final Linear out;

    FeedForward(int width) {
        in = new Linear(width, 2 * EXPANSION * width);
        out = new Linear(EXPANSION * width, width);
    }

    /// (batch, tokens, width) → the same shape
    Symbol of(Symbol x) {
        var valueAndGate = in.of(x).chunk(2, -1);
        return out.of(valueAndGate[0].times(valueAndGate[1].gelu()));
    }
}
