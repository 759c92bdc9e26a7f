// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.unclip.network;

import dev.diptych.api.network.Activation;
import dev.diptych.api.network.FunctionScope;
import dev.diptych.api.network.LayerNorm;
import dev.diptych.api.network.Linear;
import dev.diptych.api.network.Module;
import dev.diptych.api.network.Named;
import dev.diptych.api.network.Parameter;
import dev.diptych.api.network.Symbol;
import dev.diptych.plugin.diffusion.adm.AdmTimeEmbedding;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// The diffusion prior: a transformer reads the encoded caption, the caption's embedding, the time and the noisy embedding of a picture, and says what
/// the embedding is without noise. Ramesh et al., arXiv:2204.06125, section 2.2.
final class PriorTransformer extends Module {
    /// Added to the product with a token that must not be seen.
    private static final double HIDDEN = -10_000;

    private final TimeEmbedding timeEmbedding;
    private final Linear projIn;
    private final @Nullable LayerNorm embeddingProjNorm;
    private final Linear embeddingProj;
    private final @Nullable Linear encoderHiddenStatesProj;
    private final Parameter positionalEmbedding;
    private final @Nullable Parameter prdEmbedding;
    private final List<PriorBlock> transformerBlocks;
    private final @Nullable LayerNorm normIn;
    private final LayerNorm normOut;
    private final Linear projToClipEmbeddings;
    private final Parameter clipMean;
    private final Parameter clipStd;
    private final transient PriorSettings settings;

    PriorTransformer(PriorSettings settings) {
        int width = settings.width();
        timeEmbedding = new TimeEmbedding(width, settings.timeWidth(), settings.timeActivation());
        projIn = new Linear(settings.embeddingWidth(), width);
        embeddingProjNorm = settings.normalizesCondition() ? new LayerNorm(settings.conditionWidth()) : null;
        embeddingProj = new Linear(settings.conditionWidth(), width);
        encoderHiddenStatesProj = settings.projectsText() ? new Linear(settings.embeddingWidth(), width) : null;
        positionalEmbedding = new Parameter(1, settings.positions(), width);
        prdEmbedding = settings.hasFinalToken() ? new Parameter(1, 1, width) : null;
        transformerBlocks =
                Stream.generate(() -> new PriorBlock(width, settings.heads())).limit(settings.depth()).toList();
        normIn = settings.normalizesInput() ? new LayerNorm(width) : null;
        normOut = new LayerNorm(width);
        projToClipEmbeddings = new Linear(width, settings.outWidth());
        clipMean = new Parameter(1, settings.outWidth());
        clipStd = new Parameter(1, settings.outWidth());
        this.settings = settings;
    }

    /// @param noisy     (batch, tokens, embeddingWidth)
    /// @param timesteps (batch)
    /// @param condition (batch, conditionWidth)
    /// @param text      (batch, textTokens, embeddingWidth), or of full width if it is not projected; null for none
    /// @param visible   int64 (batch, textTokens), 0 where nobody looks; null: every token sees all, also later ones
    /// @return (batch, outWidth), or (batch, tokens, outWidth) where there is no final token
    Symbol of(Symbol noisy, Symbol timesteps, Symbol condition, @Nullable Symbol text, @Nullable Symbol visible) {
        FunctionScope f = noisy.function();
        List<Symbol> tokens = new ArrayList<>();
        if (text != null) {
            tokens.add(encoderHiddenStatesProj == null ? text : encoderHiddenStatesProj.of(text));
        }
        Symbol normalized = embeddingProjNorm == null ? condition : embeddingProjNorm.of(condition);
        tokens.add(embeddingProj.of(normalized).unsqueeze(1));
        tokens.add(timeEmbedding.of(timesteps).unsqueeze(1));
        tokens.add(projIn.of(noisy));
        if (prdEmbedding != null) {
            tokens.add(noisy.of(prdEmbedding).expand(noisy.size(0), 1, settings.width()));
        }
        Symbol x = Symbol.concatenate(1, tokens); // (batch, all tokens, width)
        int before = (text == null ? 0 : settings.textTokens()) + 2;
        x = x.plus(positions(noisy, before));
        if (normIn != null) {
            x = normIn.of(x);
        }
        Symbol mask = visible == null ? null : mask(f, visible);
        for (PriorBlock block : transformerBlocks) {
            x = block.of(x, mask);
        }
        x = normOut.of(x);
        return projToClipEmbeddings.of(prdEmbedding != null ? x.select(1, -1) : x.slice(1, before, x.size(1)));
    }

    /// The embedding as CLIP gives it: the network's has mean 0 and variance 1 over the pictures that it was trained on.
    Symbol denormalized(Symbol embedding) { // (…, outWidth)
        return embedding.times(clipStd).plus(clipMean);
    }

    private Symbol positions(Symbol any, int before) {
        Symbol table = any.of(positionalEmbedding); // (1, positions, width)
        return settings.hasUnplacedTokens() ? table.pad(0, 0, 0, before, prdEmbedding == null ? 0 : 1) : table;
    }

    /// A token sees itself and those before it, and of the text only what is visible: (batch, 1, all tokens, all tokens)
    private Symbol mask(FunctionScope f, Symbol visible) {
        Symbol places = f.range(visible.size(1).plus(settings.furtherTokens()));
        Symbol isLater = places.unsqueeze(1).lessThan(places.unsqueeze(0)); // (all tokens, all tokens)
        Symbol hidden = visible.toFloat().negated().plus(1).pad(0, 0, settings.furtherTokens()); // (batch, all tokens)
        return hidden.unsqueeze(1).plus(isLater.toFloat()).times(HIDDEN).unsqueeze(1);
    }

    private static final class TimeEmbedding extends Module {
        @Named("linear_1")
        private final Linear linear1;

        @Named("linear_2")
        private final Linear linear2;

        private final transient int features;
        private final transient Activation activation;

        TimeEmbedding(int features, int hidden, Activation activation) {
            linear1 = new Linear(features, hidden);
            linear2 = new Linear(hidden, features);
            this.features = features;
            this.activation = activation;
        }

        Symbol of(Symbol timesteps) { // (batch) → (batch, features)
            return linear2.of(activation.of(linear1.of(AdmTimeEmbedding.features(timesteps, features))));
        }
    }
}
