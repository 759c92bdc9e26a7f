// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.network;

import dev.diptych.api.model.Config;
import dev.diptych.api.network.Activation;
import dev.diptych.api.network.Symbol;

import org.jspecify.annotations.Nullable;

/// The functions of each element that a configuration of these classes names.
final class Activations {
    static final Activation SILU = Symbol::silu;

    private Activations() {}

    /// The one that a key names; SiLU if the key is absent.
    static Activation of(Config config, String key) {
        return config.activation(key, "silu");
    }

    /// The one that a key names; null if the key is absent.
    static @Nullable Activation ofOrNone(Config config, String key) {
        return config.has(key) ? config.activation(key, "") : null;
    }
}
