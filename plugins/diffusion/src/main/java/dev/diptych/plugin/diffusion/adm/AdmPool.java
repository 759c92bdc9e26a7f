// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.adm;

import dev.diptych.api.model.Config;
import dev.diptych.api.network.Conv1d;
import dev.diptych.api.network.Conv2d;
import dev.diptych.api.network.GroupNorm;
import dev.diptych.api.network.Linear;
import dev.diptych.api.network.Module;
import dev.diptych.api.network.Named;
import dev.diptych.api.network.Parameter;
import dev.diptych.api.network.Symbol;

import java.util.List;

/// From the states of an encoder to one row for each picture.
abstract class AdmPool extends Module {
    private static final int HIDDEN = 2048;

    /// @param widths channels of the states on the way down
    static AdmPool of(Config config, AdmSettings settings, List<Integer> widths, int side) {
        String pool = config.text("pool", "adaptive");
        int all = widths.stream().mapToInt(width -> width).sum() + widths.getLast();
        return switch (pool) {
            case "adaptive" -> new Adaptive(settings.groups(), widths.getLast(), settings.out());
            case "attention" -> attention(config, settings, widths.getLast(), side);
            case "spatial" -> new Spatial(all, settings.out());
            case "spatial_v2" -> new NormalizedSpatial(settings.groups(), all, settings.out());
            default ->
                    throw config.unsupported(
                            "pool", pool + " is not implemented; allowed: adaptive, attention, spatial, spatial_v2");
        };
    }

    private static AdmPool attention(Config config, AdmSettings settings, int channels, int side) {
        if (settings.headWidth() < 1) {
            throw config.unsupported("num_head_channels", "is needed by the pool \"attention\"");
        }
        return new Attention(settings.groups(), channels, channels / settings.headWidth(), side, settings.out());
    }

    /// @param states what leaves each block on the way down, and the middle, (batch, channels, height, width)
    /// @return (batch, out)
    abstract Symbol of(List<Symbol> states);

    boolean takesAnySize() {
        return true;
    }

    /// The mean of the middle.
    private static final class Adaptive extends AdmPool {
        @Named("0")
        private final GroupNorm norm;

        @Named("3")
        private final Conv2d convolution;

        Adaptive(int groups, int channels, int out) {
            norm = new GroupNorm(groups, channels);
            convolution = new Conv2d(channels, out, 1);
        }

        @Override
        Symbol of(List<Symbol> states) {
            Symbol mean = norm.of(states.getLast()).silu().mean(true, 2, 3); // (batch, channels, 1, 1)
            return convolution.of(mean).flatten(1, 3);
        }
    }

    /// What the mean of the middle sees when it looks at all its pixels. Radford et al., arXiv:2103.00020, section 2.4.
    private static final class Attention extends AdmPool {
        @Named("0")
        private final GroupNorm norm;

        @Named("2.positional_embedding")
        private final Parameter positionalEmbedding;

        @Named("2.qkv_proj")
        private final Conv1d qkvProj;

        @Named("2.c_proj")
        private final Conv1d projection;

        private final transient int heads;

        Attention(int groups, int channels, int heads, int side, int out) {
            norm = new GroupNorm(groups, channels);
            positionalEmbedding = new Parameter(channels, 1 + (long) side * side);
            qkvProj = new Conv1d(channels, 3 * channels, 1);
            projection = new Conv1d(channels, out, 1);
            this.heads = heads;
        }

        @Override
        boolean takesAnySize() {
            return false;
        }

        @Override
        Symbol of(List<Symbol> states) {
            Symbol pixels = norm.of(states.getLast()).silu().flatten(2, 3); // (batch, channels, pixels)
            Symbol x = Symbol.concatenate(2, pixels.mean(true, 2), pixels).plus(positionalEmbedding);
            Symbol[] parts = qkvProj.of(x).chunk(3, 1); // queries, keys, values: (batch, channels, 1 + pixels)
            for (int i = 0; i < parts.length; i++) {
                parts[i] = parts[i].unflatten(1, heads, -1).transpose(2, 3); // (batch, heads, 1 + pixels, headWidth)
            }
            Symbol seen = parts[0].attention(parts[1], parts[2]).transpose(2, 3).flatten(1, 2);
            return projection.of(seen).select(2, 0); // (batch, out)
        }
    }

    /// The means of all states.
    private static final class Spatial extends AdmPool {
        @Named("0")
        private final Linear first;

        @Named("2")
        private final Linear second;

        Spatial(int features, int out) {
            first = new Linear(features, HIDDEN);
            second = new Linear(HIDDEN, out);
        }

        @Override
        Symbol of(List<Symbol> states) {
            return second.of(first.of(means(states)).relu());
        }
    }

    /// The means of all states, with a norm in between.
    private static final class NormalizedSpatial extends AdmPool {
        @Named("0")
        private final Linear first;

        @Named("1")
        private final GroupNorm norm;

        @Named("3")
        private final Linear second;

        NormalizedSpatial(int groups, int features, int out) {
            first = new Linear(features, HIDDEN);
            norm = new GroupNorm(groups, HIDDEN);
            second = new Linear(HIDDEN, out);
        }

        @Override
        Symbol of(List<Symbol> states) {
            return second.of(norm.of(first.of(means(states))).silu());
        }
    }

    private static Symbol means(List<Symbol> states) { // (batch, all channels)
        return Symbol.concatenate(1, states.stream().map(state -> state.mean(false, 2, 3)).toList());
    }
}
