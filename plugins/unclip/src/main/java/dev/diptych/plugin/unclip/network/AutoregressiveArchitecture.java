// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.unclip.network;

import dev.diptych.api.model.Architecture;
import dev.diptych.api.model.Config;
import dev.diptych.api.network.FunctionScope;
import dev.diptych.api.network.Network;
import dev.diptych.api.network.Size;
import dev.diptych.api.network.Symbol;
import dev.diptych.api.network.SymbolType;

import org.pf4j.Extension;

import java.util.List;
import java.util.stream.IntStream;

/// unCLIP's autoregressive prior, in a layout of Diptych's own: `AutoregressivePrior`.
///
/// `config.json` has `width`, `depth`, `heads`, `text_width`, `text_length`, `embedding_width` E, `dimensions` D, `buckets` K and `dot_buckets` M, and may name the space of its
/// embeddings by `_embedding_space`. The tensors:
///
/// | name | shape | |
/// |---|---|---|
/// | `pca.mean`, `pca.components` | (E), (D, E) | of pictures' embeddings, the largest component first |
/// | `quantiles`, `dot.quantiles` | (D, K), (M) | centres of buckets that hold equally many training pictures each, along the components and of z_i · z_t |
/// | `text_in`, `z_in` | linear | to tokens: the caption's states, its embedding |
/// | `dot_embedding`, `code_embedding` | (M, width), (D, K, width) | the other tokens |
/// | `position_embedding` | (text_length + 2 + D, width) | the caption's states, its embedding, the dot token, the codes |
/// | `blocks.i.{norm1, attn.qkv, attn.out, norm2, mlp.in, mlp.out}` | | pre-norm, causal, queries before keys before values, exact GELU |
/// | `norm_out`, `head` | (K, width) | to the code after a token |
///
/// | function | takes | gives |
/// |---|---|---|
/// | `forward` | `encoder_hidden_states` (batch, textLength, textWidth), `attention_mask` (batch, textLength), `proj_embedding` (batch, E), `dot` (batch), `codes` (batch, D) | `logits` (batch, D, K) of each code, given those before it |
/// | `begin` | the same without `codes` | `logits` (batch, K) of the first code; keys and values stay |
/// | `next` | `code` (batch), and what stayed | `logits` (batch, K) of the code after it; keys and values stay |
/// | `quantize` | `embedding` (batch, E) | `codes`, and the `embedding` that they stand for |
/// | `dequantize` | `codes` | `embedding` |
///
/// Codes, masks and `dot`, the bucket of z_i · z_t, are int64.
@Extension
public final class AutoregressiveArchitecture implements Architecture {
    @Override
    public List<String> classNames() {
        return List.of("AutoregressivePrior");
    }

    @Override
    public Network describe(Config config) {
        AutoregressiveSettings settings = AutoregressiveSettings.of(config);
        return Network.of(new AutoregressiveTransformer(settings))
                .function("forward", (prior, f) -> new Call(prior, f, settings).forward())
                .function("begin", (prior, f) -> new Call(prior, f, settings).begin())
                .function("next", (prior, f) -> new Call(prior, f, settings).next())
                .function(
                        "quantize",
                        (prior, f) -> {
                            Symbol codes = prior.quantized(f.input("embedding", f.batch(), settings.embeddingWidth()));
                            f.output("codes", codes);
                            f.output("embedding", prior.embedding(codes));
                        })
                .function(
                        "dequantize",
                        (prior, f) -> f.output("embedding", prior.embedding(new Call(prior, f, settings).codes())))
                .network();
    }

    private record Call(AutoregressiveTransformer prior, FunctionScope f, AutoregressiveSettings settings) {
        void forward() {
            Symbol hidden = prior.hidden(mask());
            Symbol x = Symbol.concatenate(1, told(), prior.codes(codes())); // all tokens but the last code
            AutoregressiveTransformer.Run run = prior.run(x, List.of(), prior.causal(hidden, settings.tokens() - 1));
            f.output("logits", prior.logits(run.x().slice(1, settings.told() - 1, settings.tokens() - 1)));
        }

        void begin() {
            Symbol hidden = prior.hidden(mask());
            f.keep("hidden", hidden);
            finish(prior.run(told(), List.of(), prior.causal(hidden, settings.told())));
        }

        void next() {
            Size past = f.size("past");
            Symbol code = f.input("code", SymbolType.INT64, f.batch());
            Symbol hidden = f.input("hidden", f.batch(), settings.textLength());
            List<AutoregressiveBlock.Seen> before =
                    IntStream.range(0, settings.depth())
                            .mapToObj(i -> new AutoregressiveBlock.Seen(kept("keys", i, past), kept("values", i, past)))
                            .toList();
            finish(prior.run(prior.code(code, past), before, prior.over(hidden, past.plus(1))));
        }

        private void finish(AutoregressiveTransformer.Run run) {
            f.output("logits", prior.logits(run.x().select(1, -1)));
            for (int i = 0; i < run.seen().size(); i++) {
                f.keep("keys." + i, run.seen().get(i).keys());
                f.keep("values." + i, run.seen().get(i).values());
            }
        }

        private Symbol kept(String name, int layer, Size past) {
            return f.input(name + "." + layer, f.batch(), settings.heads(), past, settings.width() / settings.heads());
        }

        private Symbol told() {
            Symbol text = f.input("encoder_hidden_states", f.batch(), settings.textLength(), settings.textWidth());
            Symbol caption = f.input("proj_embedding", f.batch(), settings.embeddingWidth());
            return prior.told(text, caption, f.input("dot", SymbolType.INT64, f.batch()));
        }

        private Symbol mask() {
            return f.input("attention_mask", SymbolType.INT64, f.batch(), settings.textLength());
        }

        Symbol codes() {
            return f.input("codes", SymbolType.INT64, f.batch(), settings.dimensions());
        }
    }
}
