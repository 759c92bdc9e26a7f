// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.network;

import dev.diptych.api.network.GroupNorm;
import dev.diptych.api.network.LayerNorm;
import dev.diptych.api.network.Module;
import dev.diptych.api.network.Named;
import dev.diptych.api.network.Symbol;

import org.jspecify.annotations.Nullable;

/// Normalises a text before pixels look at it, by token or by groups of channels.
final class TextNorm extends Module {
    private static final int GROUPS = 32;

    @Named("")
    private final @Nullable LayerNorm layerNorm;

    @Named("")
    private final @Nullable GroupNorm groupNorm;

    private TextNorm(@Nullable LayerNorm layerNorm, @Nullable GroupNorm groupNorm) {
        this.layerNorm = layerNorm;
        this.groupNorm = groupNorm;
    }

    /// @param kind `layer_norm`, `group_norm`, or null for no norm
    static @Nullable TextNorm of(@Nullable String kind, int channels, int textWidth) {
        return switch (kind) {
            case "layer_norm" -> new TextNorm(new LayerNorm(channels), null);
            case "group_norm" -> new TextNorm(null, new GroupNorm(GROUPS, textWidth));
            case null, default -> null;
        };
    }

    /// (batch, tokens, textWidth) → the same shape
    Symbol of(Symbol text) {
        var normed = layerNorm == null ? text : layerNorm.of(text);
        return groupNorm == null ? normed : groupNorm.of(normed.transpose(1, 2)).transpose(1, 2);
    }
}
