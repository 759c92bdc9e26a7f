// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.network;

import dev.diptych.api.model.Config;
import dev.diptych.api.network.Symbol;

import org.jspecify.annotations.Nullable;

import java.util.Locale;
import java.util.function.UnaryOperator;

/// The non-linearities that a configuration can name.
enum Activation {
    SILU(Symbol::silu),
    MISH(Symbol::mish),
    GELU(Symbol::gelu),
    RELU(Symbol::relu);

    private final UnaryOperator<Symbol> function;

    Activation(UnaryOperator<Symbol> function) {
        this.function = function;
    }

    Symbol of(Symbol x) {
        return function.apply(x);
    }

    /// The one that a key names; SiLU if the key is absent.
    static Activation named(Config config, String key) {
        Activation named = namedOrNone(config, key);
        return named == null ? SILU : named;
    }

    /// The one that a key names; null if the key is absent.
    static @Nullable Activation namedOrNone(Config config, String key) {
        if (!config.has(key)) {
            return null;
        }
        String name = config.text(key);
        return switch (name.toLowerCase(Locale.ROOT)) {
            case "silu", "swish" -> SILU;
            case "mish" -> MISH;
            case "gelu" -> GELU;
            case "relu" -> RELU;
            default ->
                    throw config.unsupported(key, name + " is not implemented; allowed: silu, swish, mish, gelu, relu");
        };
    }
}
