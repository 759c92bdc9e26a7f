// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.clip.network;

import dev.diptych.api.network.FunctionScope;
import dev.diptych.api.network.Linear;
import dev.diptych.api.network.Module;
import dev.diptych.api.network.Network;
import dev.diptych.api.network.Symbol;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.function.Function;

/// The functions of a vision tower, wherever in a network it stands.
///
/// @param tower      finds it in the network
/// @param projection finds what leads into the common space; null if there is none
record ClipVisionFunctions<M extends Module>(
        Function<M, ClipVisionTower> tower,
        @Nullable Function<M, Linear> projection,
        ClipVisionTower.Settings settings) {
    /// Adds the function that encodes pictures under a name, and one that gives all hidden states under another.
    Network.Description<M> addTo(Network.Description<M> network, String name, String hiddenStates) {
        return network.function(name, this::encode).function(hiddenStates, this::hiddenStates);
    }

    static Symbol pixels(FunctionScope f, ClipVisionTower.Settings settings) {
        return f.input("pixel_values", f.batch(), settings.channels(), settings.side(), settings.side());
    }

    private void encode(M module, FunctionScope f) {
        ClipVisionTower.States states = tower.apply(module).of(pixels(f, settings));
        if (projection != null) {
            f.output("image_embeds", projection.apply(module).of(states.pooled()));
        }
        f.output("last_hidden_state", states.hidden().getLast());
        f.output("penultimate_hidden_state", states.hidden().get(Math.max(0, states.hidden().size() - 2)));
        f.output("pooler_output", states.pooled());
    }

    private void hiddenStates(M module, FunctionScope f) {
        List<Symbol> hidden = tower.apply(module).of(pixels(f, settings)).hidden();
        for (int i = 0; i < hidden.size(); i++) {
            f.output("hidden_states." + i, hidden.get(i));
        }
    }
}
