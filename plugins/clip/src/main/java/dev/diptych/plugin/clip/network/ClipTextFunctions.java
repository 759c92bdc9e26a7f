// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.clip.network;

import dev.diptych.api.network.FunctionScope;
import dev.diptych.api.network.Linear;
import dev.diptych.api.network.Module;
import dev.diptych.api.network.Network;
import dev.diptych.api.network.Symbol;
import dev.diptych.api.network.SymbolType;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.function.Function;

/// The functions of a text tower, wherever in a network it stands.
///
/// @param tower      finds it in the network
/// @param projection finds what leads into the common space; null if there is none
record ClipTextFunctions<M extends Module>(
        Function<M, ClipTextTower> tower, @Nullable Function<M, Linear> projection, int width) {
    /// Adds the function that encodes captions under a name, `hidden_states` and `final_layer_norm`; the first two with and without `attention_mask`.
    Network.Description<M> addTo(Network.Description<M> network, String name) {
        return network.function(name, (module, f) -> encode(module, f, null))
                .function(name, (module, f) -> encode(module, f, attentionMask(f)))
                .function("hidden_states", (module, f) -> hiddenStates(module, f, null))
                .function("hidden_states", (module, f) -> hiddenStates(module, f, attentionMask(f)))
                .function("final_layer_norm", this::finalLayerNorm);
    }

    static Symbol ids(FunctionScope f) {
        return f.input("input_ids", SymbolType.INT64, f.batch(), f.size("tokens"));
    }

    static Symbol attentionMask(FunctionScope f) {
        return f.input("attention_mask", SymbolType.INT64, f.batch(), f.size("tokens"));
    }

    private void encode(M module, FunctionScope f, @Nullable Symbol attentionMask) {
        ClipTextTower.States states = tower.apply(module).of(ids(f), attentionMask);
        if (projection != null) {
            f.output("text_embeds", projection.apply(module).of(states.pooled()));
        }
        f.output("last_hidden_state", states.last());
        f.output("penultimate_hidden_state", states.hidden().get(Math.max(0, states.hidden().size() - 2)));
        f.output("pooler_output", states.pooled());
    }

    private void hiddenStates(M module, FunctionScope f, @Nullable Symbol attentionMask) {
        List<Symbol> hidden = tower.apply(module).of(ids(f), attentionMask).hidden();
        for (int i = 0; i < hidden.size(); i++) {
            f.output("hidden_states." + i, hidden.get(i));
        }
    }

    private void finalLayerNorm(M module, FunctionScope f) {
        Symbol hidden = f.input("hidden_state", f.batch(), f.size("tokens"), width);
        f.output("last_hidden_state", tower.apply(module).normalized(hidden));
    }
}
