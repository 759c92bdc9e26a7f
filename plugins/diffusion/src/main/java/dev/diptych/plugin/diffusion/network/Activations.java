// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.network;

import dev.diptych.api.model.Config;
import dev.diptych.api.network.Activation;
import dev.diptych.api.network.Symbol;

import org.jspecify.annotations.Nullable;

import java.util.Locale;

/// The functions of each element that a configuration of these classes names, in whatever case.
final class Activations {
    static final Activation SILU = Symbol::silu;

    private Activations() {}

    /// The one that a key names; SiLU if the key is absent.
    static Activation of(Config config, String key) {
        Activation named = ofOrNone(config, key);
        return named == null ? SILU : named;
    }

    /// The one that a key names; null if the key is absent.
    static @Nullable Activation ofOrNone(Config config, String key) {
        return config.has(key)
                ? Activation.named(config.text(key).toLowerCase(Locale.ROOT))
                        .orElseGet(() -> config.activation(key, ""))
                : null;
    }
}
