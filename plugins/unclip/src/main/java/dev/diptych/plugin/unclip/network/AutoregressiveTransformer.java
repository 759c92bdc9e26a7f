// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.unclip.network;

import dev.diptych.api.network.FunctionScope;
import dev.diptych.api.network.LayerNorm;
import dev.diptych.api.network.Linear;
import dev.diptych.api.network.Module;
import dev.diptych.api.network.Parameter;
import dev.diptych.api.network.Size;
import dev.diptych.api.network.Symbol;
import dev.diptych.api.network.SymbolType;
import dev.diptych.api.value.Tensor;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// The autoregressive prior: a causal transformer reads the encoded caption, the caption's embedding z_t and how large z_i · z_t is to be, and says code after
/// code in which bucket of each principal component the picture's embedding z_i lies. Ramesh et al., arXiv:2204.06125, section 2.2.
final class AutoregressiveTransformer extends Module {
    /// Added to the product with a token that must not be seen.
    private static final double HIDDEN = -10_000;

    private final Components pca;
    private final Parameter quantiles;
    private final Buckets dot;
    private final Linear textIn;
    private final Linear zIn;
    private final Parameter dotEmbedding;
    private final Parameter codeEmbedding;
    private final Parameter positionEmbedding;
    private final List<AutoregressiveBlock> blocks;
    private final LayerNorm normOut;
    private final Parameter head;
    private final transient AutoregressiveSettings settings;

    AutoregressiveTransformer(AutoregressiveSettings settings) {
        int width = settings.width();
        pca = new Components(settings);
        quantiles = new Parameter(settings.dimensions(), settings.buckets());
        dot = new Buckets(settings.dotBuckets());
        textIn = new Linear(settings.textWidth(), width);
        zIn = new Linear(settings.embeddingWidth(), width);
        dotEmbedding = new Parameter(settings.dotBuckets(), width);
        codeEmbedding = new Parameter(settings.dimensions(), settings.buckets(), width);
        positionEmbedding = new Parameter(settings.tokens(), width);
        blocks =
                Stream.generate(() -> new AutoregressiveBlock(width, settings.heads()))
                        .limit(settings.depth())
                        .toList();
        normOut = new LayerNorm(width);
        head = new Parameter(settings.buckets(), width);
        this.settings = settings;
    }

    /// The tokens before the codes.
    ///
    /// @param text     (batch, textLength, textWidth)
    /// @param caption  (batch, embeddingWidth)
    /// @param dotToken int64 (batch)
    /// @return (batch, told, width)
    Symbol told(Symbol text, Symbol caption, Symbol dotToken) {
        Symbol tokens =
                Symbol.concatenate(
                        1,
                        textIn.of(text),
                        zIn.of(caption).unsqueeze(1),
                        dotToken.embedding(dotEmbedding).unsqueeze(1));
        return tokens.plus(text.of(positionEmbedding).slice(0, 0, settings.told()));
    }

    /// The tokens of all codes but the last, which nobody sees.
    ///
    /// @param codes int64 (batch, dimensions)
    /// @return (batch, dimensions - 1, width)
    Symbol codes(Symbol codes) {
        int count = settings.dimensions() - 1;
        long[] firsts = new long[count];
        for (int i = 0; i < count; i++) {
            firsts[i] = (long) i * settings.buckets();
        }
        Symbol rows = codes.slice(1, 0, count).plus(codes.function().constant(Tensor.ofLongs(firsts, count)));
        Symbol tokens =
                codes.of(codeEmbedding)
                        .flatten(0, 1)
                        .indexSelect(0, rows.flatten(0, 1))
                        .unflatten(0, codes.size(0), count); // (batch, dimensions - 1, width)
        return tokens.plus(codes.of(positionEmbedding).slice(0, settings.told(), settings.tokens() - 1));
    }

    /// The token of one code.
    ///
    /// @param code int64 (batch)
    /// @param past how many tokens there are before it
    /// @return (batch, 1, width)
    Symbol code(Symbol code, Size past) {
        Symbol token = code.of(codeEmbedding).select(0, past.minus(Size.of(settings.told()))).indexSelect(0, code);
        return token.plus(code.of(positionEmbedding).select(0, past)).unsqueeze(1);
    }

    /// Through all layers.
    ///
    /// @param before of each layer; empty for none
    Run run(Symbol x, List<AutoregressiveBlock.Seen> before, Symbol mask) {
        List<AutoregressiveBlock.Seen> seen = new ArrayList<>();
        for (int i = 0; i < blocks.size(); i++) {
            AutoregressiveBlock.Result result = blocks.get(i).of(x, before.isEmpty() ? null : before.get(i), mask);
            seen.add(result.seen());
            x = result.x();
        }
        return new Run(x, seen);
    }

    /// What the layers give.
    ///
    /// @param x    (batch, new tokens, width)
    /// @param seen what each layer leaves for later tokens
    record Run(Symbol x, List<AutoregressiveBlock.Seen> seen) {}

    /// How likely each bucket is for the code after a token: (batch, …, width) → (batch, …, buckets).
    Symbol logits(Symbol x) {
        return normOut.of(x).linear(head, null);
    }

    /// What hides the padding of captions.
    ///
    /// @param visible int64 (batch, textLength), 0 where nobody looks
    /// @return (batch, textLength)
    Symbol hidden(Symbol visible) {
        return visible.toFloat().negated().plus(1).times(HIDDEN);
    }

    /// A token sees itself and those before it, and of the caption only what is visible.
    ///
    /// @param hidden (batch, textLength)
    /// @return (batch, 1, tokens, tokens)
    Symbol causal(Symbol hidden, int tokens) {
        FunctionScope f = hidden.function();
        Symbol places = f.range(Size.of(tokens));
        Symbol isLater = places.unsqueeze(1).lessThan(places.unsqueeze(0)); // (tokens, tokens)
        return over(hidden, Size.of(tokens)).plus(isLater.toFloat().times(HIDDEN));
    }

    /// A new token sees all but the caption's padding.
    ///
    /// @return (batch, 1, 1, tokens)
    Symbol over(Symbol hidden, Size tokens) {
        Symbol others = hidden.function().full(0, SymbolType.FLOAT, hidden.size(0), tokens.minus(hidden.size(1)));
        return Symbol.concatenate(1, hidden, others).unsqueeze(1).unsqueeze(1);
    }

    /// The nearest bucket along each principal component.
    ///
    /// @param embedding (batch, embeddingWidth)
    /// @return int64 (batch, dimensions)
    Symbol quantized(Symbol embedding) {
        Symbol along = embedding.minus(embedding.of(pca.mean)).linear(pca.components, null); // (batch, dimensions)
        return along.unsqueeze(-1).minus(embedding.of(quantiles)).abs().negated().argmax(-1);
    }

    /// The embedding that codes stand for.
    ///
    /// @param codes int64 (batch, dimensions)
    /// @return (batch, embeddingWidth)
    Symbol embedding(Symbol codes) {
        Symbol centres =
                codes.of(quantiles).unsqueeze(0).expand(codes.size(0), settings.dimensions(), settings.buckets());
        Symbol along = centres.gather(2, codes.unsqueeze(-1)).squeeze(-1); // (batch, dimensions)
        return along.matmul(codes.of(pca.components)).plus(pca.mean);
    }

    /// The principal components of pictures' embeddings, the largest first.
    private static final class Components extends Module {
        private final Parameter mean;
        private final Parameter components;

        Components(AutoregressiveSettings settings) {
            mean = new Parameter(settings.embeddingWidth());
            components = new Parameter(settings.dimensions(), settings.embeddingWidth());
        }
    }

    /// The centres of the buckets of z_i · z_t, which tell who reads the file what a token asks for.
    private static final class Buckets extends Module {
        private final Parameter quantiles;

        Buckets(int count) {
            quantiles = new Parameter(count);
        }
    }
}
