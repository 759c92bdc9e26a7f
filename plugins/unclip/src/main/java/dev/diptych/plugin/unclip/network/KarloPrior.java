// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.unclip.network;

import dev.diptych.api.model.Architecture;
import dev.diptych.api.model.Config;
import dev.diptych.api.network.FunctionScope;
import dev.diptych.api.network.LayerNorm;
import dev.diptych.api.network.Linear;
import dev.diptych.api.network.Module;
import dev.diptych.api.network.Named;
import dev.diptych.api.network.Network;
import dev.diptych.api.network.Parameter;
import dev.diptych.api.network.Symbol;
import dev.diptych.api.network.SymbolType;
import dev.diptych.plugin.diffusion.adm.AdmTimeEmbedding;

import org.jspecify.annotations.Nullable;
import org.pf4j.Extension;

import java.util.List;
import java.util.stream.Stream;

/// Karlo's prior as its authors published it (`PriorDiffusionModel`). `forward` takes `x`, the noisy embedding (batch, width), `timesteps` (batch), `text_emb` (batch, width),
/// `text_enc` (batch, tokens, width) and `mask` (batch, tokens), and gives `out`, the embedding without noise, of mean 0 and variance 1.
@Extension
public final class KarloPrior implements Architecture {
    /// Condition, time, embedding and final token.
    private static final int FURTHER_TOKENS = 4;

    @Override
    public List<String> classNames() {
        return List.of("PriorDiffusionModel");
    }

    @Override
    public Network describe(Config config) {
        Config model = KarloSettings.model(config);
        Settings settings =
                new Settings(
                        model.integer("text_ctx"),
                        model.integer("xf_width"),
                        model.integer("xf_layers"),
                        model.integer("xf_heads"),
                        model.flag("xf_final_ln", true),
                        model.integer("clip_dim"));
        if (settings.heads < 1 || settings.width % settings.heads != 0) {
            throw model.unsupported(
                    "xf_heads", settings.width + " features have no " + settings.heads + " equal heads");
        }
        return Network.of(new Prior(settings)).function("forward", (prior, f) -> prior.predict(f, settings)).network();
    }

    private record Settings(
            int textTokens, int width, int depth, int heads, boolean hasFinalNorm, int embeddingWidth) {}

    private static final class Attention extends Module {
        private final Linear cQkv;
        private final Linear cProj;
        private final transient int heads;

        Attention(int width, int heads) {
            cQkv = new Linear(width, 3 * width);
            cProj = new Linear(width, width);
            this.heads = heads;
        }

        Symbol of(Symbol x, Symbol mask) { // (batch, tokens, width)
            Symbol[] parts =
                    cQkv.of(x)
                            .unflatten(-1, heads, -1)
                            .transpose(1, 2)
                            .chunk(3, -1); // (batch, heads, tokens, headWidth)
            Symbol seen = parts[0].attention(parts[1], parts[2], mask, false, null);
            return cProj.of(seen.transpose(1, 2).flatten(2, 3));
        }
    }

    private static final class Block extends Module {
        private final Attention attn;

        @Named("ln_1")
        private final LayerNorm norm1;

        @Named("mlp.c_fc")
        private final Linear in;

        @Named("mlp.c_proj")
        private final Linear out;

        @Named("ln_2")
        private final LayerNorm norm2;

        Block(int width, int heads) {
            attn = new Attention(width, heads);
            norm1 = new LayerNorm(width);
            in = new Linear(width, 4 * width);
            out = new Linear(4 * width, width);
            norm2 = new LayerNorm(width);
        }

        Symbol of(Symbol x, Symbol mask) { // (batch, tokens, width)
            x = x.plus(attn.of(norm1.of(x), mask));
            return x.plus(out.of(in.of(norm2.of(x)).gelu()));
        }
    }

    private static final class Prior extends Module {
        @Named("model.time_embed")
        private final AdmTimeEmbedding timeEmbed;

        @Named("model.text_enc_proj")
        private final Linear textEncProj;

        @Named("model.text_emb_proj")
        private final Linear textEmbProj;

        @Named("model.clip_img_proj")
        private final Linear clipImgProj;

        @Named("model.out_proj")
        private final Linear outProj;

        @Named("model.transformer.resblocks")
        private final List<Block> blocks;

        @Named("model.final_ln")
        private final @Nullable LayerNorm finalNorm;

        @Named("model.positional_embedding")
        private final Parameter positionalEmbedding;

        @Named("model.prd_emb")
        private final Parameter finalToken;

        Prior(Settings settings) {
            int width = settings.width;
            timeEmbed = new AdmTimeEmbedding(width, width);
            textEncProj = new Linear(settings.embeddingWidth, width);
            textEmbProj = new Linear(settings.embeddingWidth, width);
            clipImgProj = new Linear(settings.embeddingWidth, width);
            outProj = new Linear(width, settings.embeddingWidth);
            blocks = Stream.generate(() -> new Block(width, settings.heads)).limit(settings.depth).toList();
            finalNorm = settings.hasFinalNorm ? new LayerNorm(width) : null;
            positionalEmbedding = new Parameter(1, settings.textTokens + FURTHER_TOKENS, width);
            finalToken = new Parameter(1, 1, width);
        }

        void predict(FunctionScope f, Settings settings) {
            Symbol noisy = f.input("x", f.batch(), settings.embeddingWidth);
            Symbol timesteps = f.input("timesteps", SymbolType.INT64, f.batch());
            Symbol condition = f.input("text_emb", f.batch(), settings.embeddingWidth);
            Symbol text = f.input("text_enc", f.batch(), settings.textTokens, settings.embeddingWidth);
            Symbol visible = f.input("mask", SymbolType.INT64, f.batch(), settings.textTokens);
            Symbol x =
                    Symbol.concatenate(
                                    1,
                                    textEncProj.of(text),
                                    textEmbProj.of(condition).unsqueeze(1),
                                    timeEmbed.of(timesteps).unsqueeze(1),
                                    clipImgProj.of(noisy).unsqueeze(1),
                                    noisy.of(finalToken).expand(f.batch(), 1, settings.width))
                            .plus(positionalEmbedding); // (batch, all tokens, width)
            Symbol mask = mask(f, visible);
            for (Block block : blocks) {
                x = block.of(x, mask);
            }
            x = finalNorm == null ? x : finalNorm.of(x);
            f.output("out", outProj.of(x.select(1, -1)));
        }

        /// A token sees itself and those before it, and of the text only what is visible: (batch, 1, all tokens, all tokens)
        private static Symbol mask(FunctionScope f, Symbol visible) {
            Symbol all = visible.pad(1, 0, FURTHER_TOKENS); // (batch, all tokens)
            Symbol places = f.range(all.size(1));
            Symbol causal = places.unsqueeze(1).atLeast(places.unsqueeze(0)); // (all tokens, all tokens)
            return causal.logicalAnd(all.equalTo(0).logicalNot().unsqueeze(1).unsqueeze(1));
        }
    }
}
