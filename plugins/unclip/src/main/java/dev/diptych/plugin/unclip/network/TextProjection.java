// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.unclip.network;

import dev.diptych.api.model.Architecture;
import dev.diptych.api.model.Config;
import dev.diptych.api.network.FunctionScope;
import dev.diptych.api.network.LayerNorm;
import dev.diptych.api.network.Linear;
import dev.diptych.api.network.Module;
import dev.diptych.api.network.Network;
import dev.diptych.api.network.Parameter;
import dev.diptych.api.network.Size;
import dev.diptych.api.network.Symbol;

import org.pf4j.Extension;

import java.util.List;

/// diffusers' `UnCLIPTextProjModel`: what unCLIP's decoder is told. Ramesh et al., arXiv:2204.06125, section 2.1.
///
/// `forward` takes `image_embeddings` (batch, width), `prompt_embeds` (batch, width) and `text_encoder_hidden_states` (batch, tokens, width), and gives `text_encoder_hidden_states`
/// (batch, further + tokens, context width), the tokens that the picture's embedding becomes in front of those of the text, and `additive_clip_time_embeddings` (batch, time width).
/// `guided` takes captions for twice as many rows as pictures, the unconditional ones first, for which the learned embedding stands.
@Extension
public final class TextProjection implements Architecture {
    @Override
    public List<String> classNames() {
        return List.of("UnCLIPTextProjModel");
    }

    @Override
    public Network describe(Config config) {
        int width = config.integer("clip_embeddings_dim", 768);
        Projections projections =
                new Projections(
                        width,
                        config.integer("clip_extra_context_tokens", 4),
                        config.integer("time_embed_dim"),
                        config.integer("cross_attention_dim"));
        return Network.of(projections)
                .function(
                        "forward",
                        (module, f) ->
                                module.project(f, width, f.batch(), f.input("image_embeddings", f.batch(), width)))
                .function("guided", (module, f) -> module.guided(f, width))
                .network();
    }

    private static final class Projections extends Module {
        private final Parameter learnedClassifierFreeGuidanceEmbeddings;
        private final Linear embeddingProj;
        private final Linear clipImageEmbeddingsProjectToTimeEmbeddings;
        private final Linear clipExtraContextTokensProj;
        private final Linear encoderHiddenStatesProj;
        private final LayerNorm textEncoderHiddenStatesNorm;
        private final transient int extraTokens;

        Projections(int width, int extraTokens, int timeWidth, int contextWidth) {
            learnedClassifierFreeGuidanceEmbeddings = new Parameter(width);
            embeddingProj = new Linear(width, timeWidth);
            clipImageEmbeddingsProjectToTimeEmbeddings = new Linear(width, timeWidth);
            clipExtraContextTokensProj = new Linear(width, extraTokens * contextWidth);
            encoderHiddenStatesProj = new Linear(width, contextWidth);
            textEncoderHiddenStatesNorm = new LayerNorm(contextWidth);
            this.extraTokens = extraTokens;
        }

        void guided(FunctionScope f, int width) {
            Size pictures = f.size("pictures");
            Symbol given = f.input("image_embeddings", pictures, width);
            Symbol learned = given.of(learnedClassifierFreeGuidanceEmbeddings).unsqueeze(0).expand(pictures, width);
            project(f, width, pictures.times(2), Symbol.concatenate(0, learned, given));
        }

        void project(FunctionScope f, int width, Size rows, Symbol picture) {
            Symbol prompt = f.input("prompt_embeds", rows, width);
            Symbol text = f.input("text_encoder_hidden_states", rows, f.size("tokens"), width);
            Symbol extra = clipExtraContextTokensProj.of(picture).unflatten(1, -1, extraTokens).transpose(1, 2);
            Symbol tokens = textEncoderHiddenStatesNorm.of(encoderHiddenStatesProj.of(text));
            f.output("text_encoder_hidden_states", Symbol.concatenate(1, extra, tokens));
            f.output(
                    "additive_clip_time_embeddings",
                    clipImageEmbeddingsProjectToTimeEmbeddings.of(picture).plus(embeddingProj.of(prompt)));
        }
    }
}
