// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.clip.network;

import dev.diptych.api.model.Config;
import dev.diptych.api.network.Activation;
import dev.diptych.api.network.LayerNorm;
import dev.diptych.api.network.Linear;
import dev.diptych.api.network.Module;
import dev.diptych.api.network.Symbol;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// The transformer that both towers have: layers with the norm in front. Radford et al., arXiv:2103.00020, section 2.4.
final class ClipEncoder extends Module {
    private final List<Layer> layers;

    ClipEncoder(Settings settings) {
        layers = Stream.generate(() -> new Layer(settings)).limit(settings.depth()).toList();
    }

    /// @param mask true where a token may be looked at; null for everywhere
    /// @return what enters the first layer, and what leaves each
    List<Symbol> of(Symbol x, @Nullable Symbol mask, boolean isCausal) { // (batch, tokens, width)
        List<Symbol> states = new ArrayList<>(List.of(x));
        for (Layer layer : layers) {
            states.add(layer.of(states.getLast(), mask, isCausal));
        }
        return states;
    }

    /// What a tower's configuration says of its layers.
    record Settings(int width, int hidden, int depth, int heads, Activation activation, double epsilon) {
        static Settings of(Config config, int width, int hidden, int heads) {
            Settings settings =
                    new Settings(
                            config.integer("hidden_size", width),
                            config.integer("intermediate_size", hidden),
                            config.integer("num_hidden_layers", 12),
                            config.integer("num_attention_heads", heads),
                            config.activation("hidden_act", "quick_gelu"),
                            config.number("layer_norm_eps", 1e-5));
            config.ignore("attention_dropout", "dropout", "gradient_checkpointing");
            if (settings.heads < 1 || settings.width % settings.heads != 0) {
                throw config.unsupported(
                        "num_attention_heads", settings.width + " features have no " + settings.heads + " equal heads");
            }
            return settings;
        }

        LayerNorm norm() {
            return new LayerNorm(width, epsilon, true, true);
        }
    }

    private static final class Attention extends Module {
        private final Linear qProj;
        private final Linear kProj;
        private final Linear vProj;
        private final Linear outProj;
        private final transient int heads;

        Attention(Settings settings) {
            qProj = new Linear(settings.width, settings.width);
            kProj = new Linear(settings.width, settings.width);
            vProj = new Linear(settings.width, settings.width);
            outProj = new Linear(settings.width, settings.width);
            heads = settings.heads;
        }

        Symbol of(Symbol x, @Nullable Symbol mask, boolean isCausal) { // (batch, tokens, width)
            Symbol q = split(qProj.of(x)); // (batch, heads, tokens, headDim)
            Symbol k = split(kProj.of(x));
            Symbol v = split(vProj.of(x));
            return outProj.of(q.attention(k, v, mask, isCausal, null).transpose(1, 2).flatten(2, 3));
        }

        private Symbol split(Symbol x) {
            return x.unflatten(-1, heads, -1).transpose(1, 2);
        }
    }

    private static final class FeedForward extends Module {
        private final Linear fc1;
        private final Linear fc2;
        private final transient Activation activation;

        FeedForward(Settings settings) {
            fc1 = new Linear(settings.width, settings.hidden);
            fc2 = new Linear(settings.hidden, settings.width);
            activation = settings.activation;
        }

        Symbol of(Symbol x) { // (batch, tokens, width)
            return fc2.of(activation.of(fc1.of(x)));
        }
    }

    private static final class Layer extends Module {
        private final Attention selfAttn;
        private final LayerNorm layerNorm1;
        private final FeedForward mlp;
        private final LayerNorm layerNorm2;

        Layer(Settings settings) {
            selfAttn = new Attention(settings);
            layerNorm1 = settings.norm();
            mlp = new FeedForward(settings);
            layerNorm2 = settings.norm();
        }

        Symbol of(Symbol x, @Nullable Symbol mask, boolean isCausal) { // (batch, tokens, width)
            x = x.plus(selfAttn.of(layerNorm1.of(x), mask, isCausal));
            return x.plus(mlp.of(layerNorm2.of(x)));
        }
    }
}
