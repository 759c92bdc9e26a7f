// SPDX-License-Identifier: Apache-2.0

package dev.diptych.bench;

import dev.diptych.api.model.Architecture;
import dev.diptych.api.model.Config;
import dev.diptych.api.network.Conv2d;
import dev.diptych.api.network.GroupNorm;
import dev.diptych.api.network.LayerNorm;
import dev.diptych.api.network.Linear;
import dev.diptych.api.network.Module;
import dev.diptych.api.network.Network;
import dev.diptych.api.network.Symbol;

import org.jspecify.annotations.Nullable;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;

/// A U-Net of any size with the parts of those that are published, so that time can be measured without a checkpoint. `unet_peer.py` is the same in PyTorch.
public final class BenchUNet implements Architecture {
    static final int GROUPS = 16;
    static final int HEAD = 64;
    static final int CHANNELS = 4;

    /// @param base       channels of the first level
    /// @param multiples  of them, one for each level
    /// @param blocks     residual blocks of a level
    /// @param attention  levels with attention
    /// @param context    width of the text; 0 for none
    record Size(String name, int base, List<Integer> multiples, int blocks, List<Integer> attention, int context) {
        static final Size TINY = new Size("tiny", 32, List.of(1, 2), 1, List.of(1), 0);
        static final Size SMALL = new Size("small", 64, List.of(1, 2, 2), 1, List.of(2), 0);
        static final Size MEDIUM = new Size("medium", 128, List.of(1, 2, 2), 1, List.of(2), 0);
        static final Size LARGE = new Size("large", 128, List.of(1, 2, 3, 4), 1, List.of(3), 0);
        static final Size STABLE_DIFFUSION =
                new Size("stable diffusion", 320, List.of(1, 2, 4, 4), 2, List.of(0, 1, 2), 768);

        Map<String, Object> settings() {
            return Map.of(
                    "base", base, "multiples", multiples, "blocks", blocks, "attention", attention, "context", context);
        }
    }

    /// A convolution block with the time added in between.
    static final class Residual extends Module {
        final GroupNorm norm1;
        final Conv2d conv1;
        final Linear time;
        final GroupNorm norm2;
        final Conv2d conv2;
        final @Nullable Conv2d shortcut;

        Residual(int in, int out, int embedding) {
            norm1 = new GroupNorm(GROUPS, in);
            conv1 = new Conv2d(in, out, 3);
            time = new Linear(embedding, out);
            norm2 = new GroupNorm(GROUPS, out);
            conv2 = new Conv2d(out, out, 3);
            shortcut = in == out ? null : new Conv2d(in, out, 1);
        }

        Symbol of(Symbol x, Symbol embedding) {
            Symbol h = conv1.of(norm1.of(x).silu()).plus(time.of(embedding).spatial());
            h = conv2.of(norm2.of(h).silu());
            return h.plus(shortcut == null ? x : shortcut.of(x));
        }
    }

    /// Multi-head attention over tokens.
    static final class Attention extends Module {
        final Linear queries;
        final Linear keys;
        final Linear values;
        final Linear out;
        final int heads;

        Attention(int channels, int context) {
            queries = new Linear(channels, channels, false);
            keys = new Linear(context, channels, false);
            values = new Linear(context, channels, false);
            out = new Linear(channels, channels);
            heads = Math.max(1, channels / HEAD);
        }

        Symbol of(Symbol x, Symbol context) {
            Symbol attended = heads(queries.of(x)).attention(heads(keys.of(context)), heads(values.of(context)));
            return out.of(attended.transpose(1, 2).flatten(2, 3));
        }

        private Symbol heads(Symbol x) { // (batch, tokens, channels) -> (batch, heads, tokens, head)
            return x.reshape(x.size(0), x.size(1), heads, x.size(2).dividedBy(heads)).transpose(1, 2);
        }
    }

    /// Attention among the pixels, to the text, and a feed-forward layer.
    static final class Transformer extends Module {
        final GroupNorm norm;
        final Attention self;
        final @Nullable LayerNorm norm2;
        final @Nullable Attention cross;
        final LayerNorm norm3;
        final Linear up;
        final Linear down;

        Transformer(int channels, int context) {
            norm = new GroupNorm(GROUPS, channels);
            self = new Attention(channels, channels);
            norm2 = context == 0 ? null : new LayerNorm(channels);
            cross = context == 0 ? null : new Attention(channels, context);
            norm3 = new LayerNorm(channels);
            up = new Linear(channels, 4 * channels);
            down = new Linear(4 * channels, channels);
        }

        Symbol of(Symbol x, @Nullable Symbol context) {
            Symbol tokens = norm.of(x).flatten(2, 3).transpose(1, 2);
            Symbol h = tokens.plus(self.of(tokens, tokens));
            if (cross != null && norm2 != null && context != null) {
                h = h.plus(cross.of(norm2.of(h), context));
            }
            h = h.plus(down.of(up.of(norm3.of(h)).gelu()));
            return x.plus(h.transpose(1, 2).reshape(x.size(0), x.size(1), x.size(2), x.size(3)));
        }
    }

    /// The whole.
    static final class UNet extends Module {
        final Linear time;
        final Conv2d convIn;
        final List<List<Module>> down = new ArrayList<>();
        final List<Module> middle;
        final List<List<Module>> up = new ArrayList<>();
        final GroupNorm normOut;
        final Conv2d convOut;

        UNet(Size size) {
            int embedding = 4 * size.base;
            time = new Linear(1, embedding);
            convIn = new Conv2d(CHANNELS, size.base, 3);
            Deque<Integer> skips = new ArrayDeque<>(List.of(size.base));
            int channels = size.base;
            int levels = size.multiples.size();
            for (int level = 0; level < levels; level++) {
                int out = size.base * size.multiples.get(level);
                List<Module> layers = new ArrayList<>();
                for (int i = 0; i < size.blocks; i++) {
                    layers.add(new Residual(channels, out, embedding));
                    channels = out;
                    if (size.attention.contains(level)) {
                        layers.add(new Transformer(channels, size.context));
                    }
                    skips.push(channels);
                }
                if (level + 1 < levels) {
                    layers.add(new Conv2d(channels, channels, 3, 2, 1));
                    skips.push(channels);
                }
                down.add(layers);
            }
            middle =
                    List.of(
                            new Residual(channels, channels, embedding),
                            new Transformer(channels, size.context),
                            new Residual(channels, channels, embedding));
            for (int level = levels - 1; level >= 0; level--) {
                int out = size.base * size.multiples.get(level);
                List<Module> layers = new ArrayList<>();
                for (int i = 0; i <= size.blocks; i++) {
                    layers.add(new Residual(channels + skips.pop(), out, embedding));
                    channels = out;
                    if (size.attention.contains(level)) {
                        layers.add(new Transformer(channels, size.context));
                    }
                }
                if (level > 0) {
                    layers.add(new Conv2d(channels, channels, 3));
                }
                up.add(layers);
            }
            normOut = new GroupNorm(GROUPS, size.base);
            convOut = new Conv2d(size.base, CHANNELS, 3);
        }

        Symbol of(Symbol x, Symbol t, @Nullable Symbol context) {
            Symbol embedding = time.of(t.unsqueeze(1)).silu();
            Deque<Symbol> skips = new ArrayDeque<>();
            Symbol h = convIn.of(x);
            skips.push(h);
            for (List<Module> level : down) {
                for (int i = 0; i < level.size(); i++) {
                    h = apply(level.get(i), h, embedding, context);
                    if (i + 1 == level.size() || !(level.get(i + 1) instanceof Transformer)) {
                        skips.push(h);
                    }
                }
            }
            for (Module layer : middle) {
                h = apply(layer, h, embedding, context);
            }
            for (List<Module> level : up) {
                for (Module layer : level) {
                    h =
                            switch (layer) {
                                case Residual _ ->
                                        apply(layer, Symbol.concatenate(1, h, skips.pop()), embedding, context);
                                case Conv2d conv -> conv.of(h.upsampleNearest(2));
                                default -> apply(layer, h, embedding, context);
                            };
                }
            }
            return convOut.of(normOut.of(h).silu());
        }

        private static Symbol apply(Module layer, Symbol h, Symbol embedding, @Nullable Symbol context) {
            return switch (layer) {
                case Residual residual -> residual.of(h, embedding);
                case Transformer transformer -> transformer.of(h, context);
                case Conv2d conv -> conv.of(h);
                default -> throw new IllegalStateException(String.valueOf(layer));
            };
        }
    }

    @Override
    public List<String> classNames() {
        return List.of("BenchUNet");
    }

    @Override
    public Network describe(Config config) {
        Size size =
                new Size(
                        "",
                        config.integer("base"),
                        config.integers("multiples"),
                        config.integer("blocks"),
                        config.integers("attention"),
                        config.integer("context"));
        long multiple = 1L << (size.multiples.size() - 1);
        return Network.of(new UNet(size))
                .function(
                        "forward",
                        (net, f) -> {
                            Symbol x =
                                    f.input(
                                            "sample",
                                            f.batch(),
                                            CHANNELS,
                                            f.size("height", multiple),
                                            f.size("width", multiple));
                            Symbol t = f.input("timestep", f.batch());
                            Symbol context =
                                    size.context == 0
                                            ? null
                                            : f.input("text", f.batch(), f.size("tokens"), size.context);
                            f.output("sample", net.of(x, t, context));
                        })
                .function(
                        "nothing",
                        (_, f) -> {
                            Symbol x = f.input("sample", f.batch(), CHANNELS, f.size("height"), f.size("width"));
                            f.input("timestep", f.batch());
                            f.output("sample", x.plus(1));
                        })
                .network();
    }
}
