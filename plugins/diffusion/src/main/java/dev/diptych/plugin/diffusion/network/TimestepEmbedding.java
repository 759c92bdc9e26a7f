// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.network;

import dev.diptych.api.network.Activation;
import dev.diptych.api.network.Linear;
import dev.diptych.api.network.Module;
import dev.diptych.api.network.Named;
import dev.diptych.api.network.Symbol;

import org.jspecify.annotations.Nullable;

/// From features of a number to the embedding that every block is told: linear, activation, linear.
final class TimestepEmbedding extends Module {
    private final @Nullable Linear condProj;

    @Named("linear_1")
    private final Linear linear1;

    @Named("linear_2")
    private final Linear linear2;

    private final transient Activation activation;
    private final transient @Nullable Activation last;

    TimestepEmbedding(int in, int width) {
        this(in, width, Activations.SILU, null, null);
    }

    /// @param last           applied to the result; null for nothing
    /// @param conditionWidth of a condition that is added to the features; null for none
    TimestepEmbedding(
            int in, int width, Activation activation, @Nullable Activation last, @Nullable Integer conditionWidth) {
        condProj = conditionWidth == null ? null : new Linear(conditionWidth, in, false);
        linear1 = new Linear(in, width);
        linear2 = new Linear(width, width);
        this.activation = activation;
        this.last = last;
    }

    /// (batch, in) → (batch, width)
    Symbol of(Symbol features) {
        return of(features, null);
    }

    /// (batch, in) → (batch, width)
    ///
    /// @param condition (batch, conditionWidth), null for none
    Symbol of(Symbol features, @Nullable Symbol condition) {
        var x = condition == null || condProj == null ? features : features.plus(condProj.of(condition));
        x = linear2.of(activation.of(linear1.of(x)));
        return last == null ? x : last.of(x);
    }
}
