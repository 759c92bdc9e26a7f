// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.t5;

import dev.diptych.api.network.Activation;
import dev.diptych.api.network.Embedding;
import dev.diptych.api.network.Linear;
import dev.diptych.api.network.Module;
import dev.diptych.api.network.Named;
import dev.diptych.api.network.Parameter;
import dev.diptych.api.network.RmsNorm;
import dev.diptych.api.network.Symbol;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;

/// The encoder of T5: layers with an RMS norm in front, nowhere a bias, products of queries and keys not scaled, and distances between tokens that add to them.
/// The sum that runs through the layers stays in float32 in every number format: it outgrows float16 in the large models.
final class T5Encoder extends Module {
    /// Added to a product, it takes the key out of the softmax; the least number of float16, so that rows without any key stay numbers there.
    private static final double LOWEST = -65504;

    private final Embedding shared;
    private final Stack encoder;

    T5Encoder(T5Settings settings) {
        shared = new Embedding(settings.vocabulary(), settings.width());
        encoder = new Stack(settings);
    }

    /// @param ids           int64 (batch, tokens)
    /// @param attentionMask int64 (batch, tokens), 0 where nobody looks; null for none
    /// @return (batch, tokens, width)
    Symbol of(Symbol ids, @Nullable Symbol attentionMask) {
        return encoder.of(shared.of(ids), attentionMask);
    }

    private static final class Stack extends Module {
        private final List<Block> block;
        private final RmsNorm finalLayerNorm;

        Stack(T5Settings settings) {
            block = IntStream.range(0, settings.depth()).mapToObj(i -> new Block(settings, i == 0)).toList();
            finalLayerNorm = new RmsNorm(settings.width(), settings.epsilon());
        }

        Symbol of(Symbol tokens, @Nullable Symbol attentionMask) { // (batch, tokens, width)
            Symbol bias = block.getFirst().selfAttention.bias(tokens); // (1, heads, tokens, tokens)
            if (attentionMask != null) {
                Symbol masked = attentionMask.equalTo(0).unsqueeze(1).unsqueeze(1); // (batch, 1, 1, tokens)
                bias = bias.plus(masked.toFloat().times(LOWEST));
            }
            Symbol x = tokens.toFloat32();
            for (Block each : block) {
                x = each.of(x, bias);
            }
            return finalLayerNorm.of(x);
        }
    }

    private static final class Block extends Module {
        @Named("layer.0")
        private final SelfAttention selfAttention;

        @Named("layer.1")
        private final FeedForward feedForward;

        Block(T5Settings settings, boolean hasBias) {
            selfAttention = new SelfAttention(settings, hasBias);
            feedForward = new FeedForward(settings);
        }

        Symbol of(Symbol x, Symbol bias) { // float32 (batch, tokens, width)
            return feedForward.of(selfAttention.of(x, bias));
        }
    }

    private static final class SelfAttention extends Module {
        @Named("SelfAttention")
        private final Attention attention;

        private final RmsNorm layerNorm;

        SelfAttention(T5Settings settings, boolean hasBias) {
            attention = new Attention(settings, hasBias);
            layerNorm = new RmsNorm(settings.width(), settings.epsilon());
        }

        Symbol of(Symbol x, Symbol bias) { // float32 (batch, tokens, width)
            return x.plus(attention.of(layerNorm.of(x).toFloat(), bias));
        }

        Symbol bias(Symbol tokens) {
            return attention.bias(tokens);
        }
    }

    private static final class Attention extends Module {
        private final Linear q;
        private final Linear k;
        private final Linear v;
        private final Linear o;
        private final @Nullable Embedding relativeAttentionBias;
        private final transient RelativePositions positions;
        private final transient int heads;

        Attention(T5Settings settings, boolean hasBias) {
            int inner = settings.heads() * settings.headWidth();
            q = new Linear(settings.width(), inner, false);
            k = new Linear(settings.width(), inner, false);
            v = new Linear(settings.width(), inner, false);
            o = new Linear(inner, settings.width(), false);
            positions = settings.positions();
            relativeAttentionBias = hasBias ? new Embedding(positions.buckets(), settings.heads()) : null;
            heads = settings.heads();
        }

        Symbol of(Symbol x, Symbol bias) { // (batch, tokens, width)
            Symbol queries = split(q.of(x)); // (batch, heads, tokens, headWidth)
            Symbol seen = queries.attention(split(k.of(x)), split(v.of(x)), bias, false, 1.0);
            return o.of(seen.transpose(1, 2).flatten(2, 3));
        }

        private Symbol split(Symbol x) {
            return x.unflatten(-1, heads, -1).transpose(1, 2);
        }

        /// What the distance of two tokens adds to their product: (1, heads, tokens, tokens)
        Symbol bias(Symbol tokens) {
            if (relativeAttentionBias == null) {
                throw new IllegalStateException("Only the first block has the table");
            }
            Symbol buckets = positions.buckets(tokens.function(), tokens.size(1)); // (tokens, tokens)
            return relativeAttentionBias.of(buckets).permute(2, 0, 1).unsqueeze(0);
        }
    }

    private static final class FeedForward extends Module {
        @Named("DenseReluDense")
        private final Dense dense;

        private final RmsNorm layerNorm;

        FeedForward(T5Settings settings) {
            dense = new Dense(settings);
            layerNorm = new RmsNorm(settings.width(), settings.epsilon());
        }

        Symbol of(Symbol x) { // float32 (batch, tokens, width)
            return x.plus(dense.of(layerNorm.of(x).toFloat()));
        }
    }

    private static final class Dense extends Module {
        private final @Nullable Linear wi;

        @Named("wi_0")
        private final @Nullable Linear gate;

        @Named("wi_1")
        private final @Nullable Linear gated;

        @Named("wo.weight")
        private final Parameter out;

        private final transient Activation activation;

        Dense(T5Settings settings) {
            int width = settings.width();
            int hidden = settings.hidden();
            wi = settings.isGated() ? null : new Linear(width, hidden, false);
            gate = settings.isGated() ? new Linear(width, hidden, false) : null;
            gated = settings.isGated() ? new Linear(width, hidden, false) : null;
            out = new Parameter(width, hidden);
            activation = settings.activation();
        }

        Symbol of(Symbol x) { // (batch, tokens, width) → float32
            Symbol h;
            if (gate != null && gated != null) {
                h = activation.of(gate.of(x)).times(gated.of(x));
            } else {
                h = activation.of(Objects.requireNonNull(wi).of(x));
            }
            return h.toFloat32().matmul(x.of(out).toFloat32().transpose(0, 1));
        }
    }
}
