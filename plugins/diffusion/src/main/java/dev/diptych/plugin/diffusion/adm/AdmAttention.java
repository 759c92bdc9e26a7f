// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.adm;

import dev.diptych.api.network.Conv1d;
import dev.diptych.api.network.GroupNorm;
import dev.diptych.api.network.Module;
import dev.diptych.api.network.Symbol;
import dev.diptych.api.network.SymbolType;

import org.jspecify.annotations.Nullable;

/// Pixels look at pixels, and at tokens of a context if there is one, which stand before the pixels.
final class AdmAttention extends Module implements AdmLayer {
    private final GroupNorm norm;
    private final Conv1d qkv;
    private final @Nullable Conv1d encoderKv;
    private final Conv1d projOut;
    private final transient int heads;
    private final transient boolean splitsBeforeHeads;

    AdmAttention(AdmSettings settings, int channels, int numberOfHeads) {
        Integer context = settings.contextWidth();
        norm = new GroupNorm(settings.groups(), channels);
        qkv = new Conv1d(channels, 3 * channels, 1);
        encoderKv = context == null ? null : new Conv1d(context, 2 * channels, 1);
        projOut = new Conv1d(channels, channels, 1);
        heads = settings.heads(channels, numberOfHeads);
        splitsBeforeHeads = settings.splitsBeforeHeads();
    }

    @Override
    public Symbol of(Symbol x, Conditioning conditioning) { // (batch, channels, height, width)
        Symbol[] parts =
                split(qkv.of(norm.of(x).flatten(2, 3)), 3); // queries, keys, values: (batch, heads, pixels, headWidth)
        Symbol keys = parts[1];
        Symbol values = parts[2];
        Symbol mask = null;
        if (encoderKv != null && conditioning.context() != null) {
            Symbol[] context = split(encoderKv.of(conditioning.context()), 2); // (batch, heads, tokens, headWidth)
            keys = Symbol.concatenate(2, context[0], keys);
            values = Symbol.concatenate(2, context[1], values);
            mask = conditioning.visible() == null ? null : withPixels(conditioning.visible(), x);
        }
        Symbol seen = parts[0].attention(keys, values, mask, false, null);
        Symbol out = projOut.of(seen.transpose(2, 3).flatten(1, 2)); // (batch, channels, pixels)
        return x.plus(out.reshape(x.shape().toArray()));
    }

    /// (batch, count · channels, places) → count times (batch, heads, places, headWidth)
    private Symbol[] split(Symbol x, int count) {
        Symbol[] parts = splitsBeforeHeads ? x.chunk(count, 1) : x.unflatten(1, heads, -1).chunk(count, 2);
        for (int i = 0; i < count; i++) {
            Symbol byHeads = splitsBeforeHeads ? parts[i].unflatten(1, heads, -1) : parts[i];
            parts[i] = byHeads.transpose(2, 3);
        }
        return parts;
    }

    /// Pixels are always visible: (batch, tokens) → (batch, 1, 1, tokens + pixels)
    private static Symbol withPixels(Symbol visible, Symbol x) {
        Symbol pixels =
                x.function().full(1, SymbolType.INT64, x.size(0), x.size(2).times(x.size(3))); // (batch, pixels)
        Symbol all = Symbol.concatenate(1, visible, pixels);
        return all.equalTo(0).logicalNot().unsqueeze(1).unsqueeze(1);
    }
}
