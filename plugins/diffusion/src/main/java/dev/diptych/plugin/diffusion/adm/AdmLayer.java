// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.adm;

import dev.diptych.api.network.Symbol;

import org.jspecify.annotations.Nullable;

import java.util.List;

/// What a block is a list of.
interface AdmLayer {
    /// (batch, in, height, width) → (batch, out, …)
    Symbol of(Symbol x, Conditioning conditioning);

    /// One after the other.
    static Symbol all(List<AdmLayer> layers, Symbol x, Conditioning conditioning) {
        for (AdmLayer layer : layers) {
            x = layer.of(x, conditioning);
        }
        return x;
    }

    /// What layers are told beside the picture.
    ///
    /// @param embedding of the time and what is added to it, (batch, embeddingWidth)
    /// @param context   (batch, contextWidth, tokens); null if there is none
    /// @param visible   where a token of the context may be looked at, (batch, tokens); null for everywhere
    record Conditioning(Symbol embedding, @Nullable Symbol context, @Nullable Symbol visible) {}
}
