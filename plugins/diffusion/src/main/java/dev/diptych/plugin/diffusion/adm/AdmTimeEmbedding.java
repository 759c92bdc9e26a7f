// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.adm;

import dev.diptych.api.network.Linear;
import dev.diptych.api.network.Module;
import dev.diptych.api.network.Named;
import dev.diptych.api.network.Size;
import dev.diptych.api.network.Symbol;

/// Cosines and sines of the time, and two linear layers.
public final class AdmTimeEmbedding extends Module {
    private static final double LONGEST_PERIOD = 10_000;

    @Named("0")
    private final Linear first;

    @Named("2")
    private final Linear second;

    private final transient int features;

    /// @param features of the time
    public AdmTimeEmbedding(int features, int width) {
        first = new Linear(features, width);
        second = new Linear(width, width);
        this.features = features;
    }

    /// @param timesteps (batch)
    /// @return (batch, width)
    public Symbol of(Symbol timesteps) {
        return second.of(first.of(features(timesteps, features)).silu());
    }

    /// @param timesteps (batch)
    /// @return cosines, then sines, (batch, count); computed in float32
    public static Symbol features(Symbol timesteps, int count) {
        int half = count / 2;
        Symbol frequencies =
                timesteps
                        .function()
                        .range(Size.of(half))
                        .toFloat32()
                        .times(-Math.log(LONGEST_PERIOD))
                        .dividedBy(half)
                        .exp(); // (half)
        Symbol angles = timesteps.toFloat32().unsqueeze(1).times(frequencies.unsqueeze(0)); // (batch, half)
        Symbol all = Symbol.concatenate(1, angles.cos(), angles.sin());
        return (count % 2 == 0 ? all : all.pad(0, 0, 1)).toFloat();
    }
}
