// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.clip.network;

import dev.diptych.api.model.Config;
import dev.diptych.api.network.Embedding;
import dev.diptych.api.network.LayerNorm;
import dev.diptych.api.network.Module;
import dev.diptych.api.network.Symbol;

import org.jspecify.annotations.Nullable;

import java.util.List;

/// Captions to vectors: a transformer in which a token sees those before it; the caption's vector is that of its end token.
final class ClipTextTower extends Module {
    private final Embeddings embeddings;
    private final ClipEncoder encoder;
    private final LayerNorm finalLayerNorm;
    private final transient int endToken;

    ClipTextTower(Settings settings) {
        embeddings = new Embeddings(settings);
        encoder = new ClipEncoder(settings.layers());
        finalLayerNorm = settings.layers().norm();
        endToken = settings.endToken();
    }

    /// @param ids           int64 (batch, tokens)
    /// @param attentionMask int64 (batch, tokens), 0 where nobody looks; null for none
    States of(Symbol ids, @Nullable Symbol attentionMask) {
        Symbol x = embeddings.of(ids); // (batch, tokens, width)
        Symbol mask = attentionMask == null ? null : visible(attentionMask);
        List<Symbol> hidden = encoder.of(x, mask, mask == null);
        Symbol last = finalLayerNorm.of(hidden.getLast());
        return new States(hidden, last, atEnd(last, ids));
    }

    /// The norm that every consumer applies to the state that it takes.
    Symbol normalized(Symbol hidden) {
        return finalLayerNorm.of(hidden);
    }

    /// A token sees itself and those before it, unless they are masked: (batch, 1, tokens, tokens)
    private static Symbol visible(Symbol attentionMask) {
        Symbol places = attentionMask.function().range(attentionMask.size(1)); // (tokens)
        Symbol causal = places.unsqueeze(1).atLeast(places.unsqueeze(0)); // (tokens, tokens)
        return causal.logicalAnd(attentionMask.equalTo(0).logicalNot().unsqueeze(1).unsqueeze(1));
    }

    /* Configurations written before transformers 4.31 call the end token 2, which is wrong: for these, the reference takes the greatest id of the
    caption, as OpenAI's code does. In all others it takes the first end token. */
    private Symbol atEnd(Symbol states, Symbol ids) {
        Symbol place = (endToken == 2 ? ids : ids.equalTo(endToken).toInt64()).argmax(-1); // (batch)
        Symbol rows = place.unsqueeze(-1).unsqueeze(-1).expand(states.size(0), 1, states.size(2));
        return states.gather(1, rows).squeeze(1); // (batch, width)
    }

    /// What the tower gives.
    ///
    /// @param hidden what enters the first layer and leaves each, (batch, tokens, width)
    /// @param last   the last of these after the final norm
    /// @param pooled the last state of the end token, (batch, width)
    record States(List<Symbol> hidden, Symbol last, Symbol pooled) {}

    /// What the tower's configuration says.
    record Settings(ClipEncoder.Settings layers, int vocabulary, int tokens, int endToken, int projection) {
        static Settings of(Config config) {
            return new Settings(
                    ClipEncoder.Settings.of(config, 512, 2048, 8),
                    config.integer("vocab_size", 49408),
                    config.integer("max_position_embeddings", 77),
                    config.integer("eos_token_id", 49407),
                    config.integer("projection_dim", 512));
        }
    }

    private static final class Embeddings extends Module {
        private final Embedding tokenEmbedding;
        private final Embedding positionEmbedding;

        Embeddings(Settings settings) {
            tokenEmbedding = new Embedding(settings.vocabulary, settings.layers.width());
            positionEmbedding = new Embedding(settings.tokens, settings.layers.width());
        }

        Symbol of(Symbol ids) { // int64 (batch, tokens) → (batch, tokens, width)
            return tokenEmbedding.of(ids).plus(ids.of(positionEmbedding.table()).slice(0, 0, ids.size(1)));
        }
    }
}
