// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.unclip.network;

import dev.diptych.api.network.LayerNorm;
import dev.diptych.api.network.Linear;
import dev.diptych.api.network.Module;
import dev.diptych.api.network.Named;
import dev.diptych.api.network.Symbol;

import org.jspecify.annotations.Nullable;

/// A layer of the prior: attention and two linear layers, each behind a norm.
final class PriorBlock extends Module {
    private final LayerNorm norm1;

    @Named("attn1.to_q")
    private final Linear toQ;

    @Named("attn1.to_k")
    private final Linear toK;

    @Named("attn1.to_v")
    private final Linear toV;

    @Named("attn1.to_out.0")
    private final Linear toOut;

    private final LayerNorm norm3;

    @Named("ff.net.0.proj")
    private final Linear in;

    @Named("ff.net.2")
    private final Linear out;

    private final transient int heads;

    PriorBlock(int width, int heads) {
        norm1 = new LayerNorm(width);
        toQ = new Linear(width, width);
        toK = new Linear(width, width);
        toV = new Linear(width, width);
        toOut = new Linear(width, width);
        norm3 = new LayerNorm(width);
        in = new Linear(width, 4 * width);
        out = new Linear(4 * width, width);
        this.heads = heads;
    }

    Symbol of(Symbol x, @Nullable Symbol mask) { // (batch, tokens, width)
        Symbol h = norm1.of(x);
        Symbol seen = split(toQ.of(h)).attention(split(toK.of(h)), split(toV.of(h)), mask, false, null);
        x = x.plus(toOut.of(seen.transpose(1, 2).flatten(2, 3)));
        return x.plus(out.of(in.of(norm3.of(x)).gelu()));
    }

    private Symbol split(Symbol x) { // → (batch, heads, tokens, headWidth)
        return x.unflatten(-1, heads, -1).transpose(1, 2);
    }
}
