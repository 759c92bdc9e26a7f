// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.unclip.network;

import dev.diptych.api.network.LayerNorm;
import dev.diptych.api.network.Linear;
import dev.diptych.api.network.Module;
import dev.diptych.api.network.Symbol;

import org.jspecify.annotations.Nullable;

/// A layer of the autoregressive prior: attention and two linear layers, each behind a norm.
final class AutoregressiveBlock extends Module {
    private final LayerNorm norm1;
    private final Attention attn;
    private final LayerNorm norm2;
    private final FeedForward mlp;

    AutoregressiveBlock(int width, int heads) {
        norm1 = new LayerNorm(width);
        attn = new Attention(width, heads);
        norm2 = new LayerNorm(width);
        mlp = new FeedForward(width);
    }

    /// @param x      (batch, new tokens, width)
    /// @param before keys and values of the tokens before these; null for none
    /// @param mask   added to the products of new tokens with all
    Result of(Symbol x, @Nullable Seen before, Symbol mask) {
        Symbol[] qkv = attn.qkv.of(norm1.of(x)).chunk(3, -1);
        Symbol keys = attn.split(qkv[1]);
        Symbol values = attn.split(qkv[2]);
        Seen all =
                before == null
                        ? new Seen(keys, values)
                        : new Seen(
                                Symbol.concatenate(2, before.keys, keys), Symbol.concatenate(2, before.values, values));
        Symbol told = attn.split(qkv[0]).attention(all.keys, all.values, mask, false, null);
        x = x.plus(attn.out.of(told.transpose(1, 2).flatten(2, 3)));
        return new Result(x.plus(mlp.of(norm2.of(x))), all);
    }

    /// What tokens leave for those after them, each (batch, heads, tokens, headWidth).
    record Seen(Symbol keys, Symbol values) {}

    /// @param x the new tokens' states, (batch, new tokens, width)
    record Result(Symbol x, Seen seen) {}

    private static final class Attention extends Module {
        private final Linear qkv;
        private final Linear out;
        private final transient int heads;

        Attention(int width, int heads) {
            qkv = new Linear(width, 3 * width);
            out = new Linear(width, width);
            this.heads = heads;
        }

        private Symbol split(Symbol x) { // (batch, tokens, width) → (batch, heads, tokens, headWidth)
            return x.unflatten(-1, heads, -1).transpose(1, 2);
        }
    }

    private static final class FeedForward extends Module {
        private final Linear in;
        private final Linear out;

        FeedForward(int width) {
            in = new Linear(width, 4 * width);
            out = new Linear(4 * width, width);
        }

        Symbol of(Symbol x) {
            return out.of(in.of(x).gelu());
        }
    }
}
