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
    /// Adds the function that encodes pictures under a name, and one that gives all hidden states under another; where there is a common space, `similarity`.
    Network.Description<M> addTo(Network.Description<M> network, String name, String hiddenStates) {
        network.function(name, this::encode).function(hiddenStates, this::hiddenStates);
        return projection == null
                ? network
                : network.function("similarity", (module, f) -> compare(module, f, projection));
    }

    /// x over its length, in the last dimension.
    static Symbol normalized(Symbol x) { // (…, width)
        return x.dividedBy(x.pow(2).sum(true, -1).sqrt());
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

    private void compare(M module, FunctionScope f, Function<M, Linear> intoSpace) {
        int channels = settings.channels();
        Symbol pictures = f.input("pictures", f.batch(), channels, f.size("height"), f.size("width"));
        Symbol mean = f.input("mean", channels).reshape(1, channels, 1, 1);
        Symbol deviation = f.input("deviation", channels).reshape(1, channels, 1, 1);
        Symbol units = pictures.resizeBicubic(settings.side(), settings.side(), false, true).times(0.5).plus(0.5);
        Symbol images =
                normalized(
                        intoSpace
                                .apply(module)
                                .of(tower.apply(module).of(units.minus(mean).dividedBy(deviation)).pooled()));
        Symbol wanted = normalized(f.input("wanted", f.batch(), images.size(1)));
        f.output("similarity", images.times(wanted).sum(false, -1).times(f.input("weights", f.batch())));
    }

    private void hiddenStates(M module, FunctionScope f) {
        List<Symbol> hidden = tower.apply(module).of(pixels(f, settings)).hidden();
        for (int i = 0; i < hidden.size(); i++) {
            f.output("hidden_states." + i, hidden.get(i));
        }
    }
}
