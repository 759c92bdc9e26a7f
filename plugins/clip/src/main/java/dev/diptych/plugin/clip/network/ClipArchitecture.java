// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.clip.network;

import dev.diptych.api.model.Architecture;
import dev.diptych.api.model.Config;
import dev.diptych.api.network.FunctionScope;
import dev.diptych.api.network.Linear;
import dev.diptych.api.network.Module;
import dev.diptych.api.network.Network;
import dev.diptych.api.network.Parameter;
import dev.diptych.api.network.Symbol;
import dev.diptych.api.network.SymbolType;

import org.jspecify.annotations.Nullable;
import org.pf4j.Extension;

import java.util.List;

/// `CLIPModel`: both towers, their projections and the temperature.
///
/// `forward` takes `input_ids` (texts, tokens), with or without `attention_mask`, and `pixel_values` (images, channels, side, side), and gives the normalised
/// `text_embeds` and `image_embeds`, and `logits_per_text` (texts, images) and its transpose `logits_per_image`. `get_text_features` and `get_image_features` are the
/// `forward` of [ClipProjectedTextArchitecture] and [ClipProjectedVisionArchitecture], whose embeddings are not normalised; `image_hidden_states` and `similarity` the latter's
/// `hidden_states` and `similarity`.
@Extension
public final class ClipArchitecture implements Architecture {
    @Override
    public List<String> classNames() {
        return List.of("CLIPModel");
    }

    @Override
    public Network describe(Config config) {
        ClipSettings.ignoreWhole(config);
        ClipTextTower.Settings text = ClipTextTower.Settings.of(ClipSettings.ofWhole(config, "text_config"));
        ClipVisionTower.Settings vision = ClipVisionTower.Settings.of(ClipSettings.ofWhole(config, "vision_config"));
        Network.Description<Clip> network =
                Network.of(new Clip(text, vision, config.integer("projection_dim", 512)))
                        .function("forward", (clip, f) -> clip.compare(f, vision, null))
                        .function("forward", (clip, f) -> clip.compare(f, vision, Clip.attentionMask(f)));
        new ClipTextFunctions<Clip>(clip -> clip.textModel, clip -> clip.textProjection, text.layers().width())
                .addTo(network, "get_text_features");
        new ClipVisionFunctions<Clip>(clip -> clip.visionModel, clip -> clip.visualProjection, vision)
                .addTo(network, "get_image_features", "image_hidden_states");
        return network.network();
    }

    @Override
    public List<String> ignoredTensors() {
        return List.of("*embeddings.position_ids");
    }

    private static final class Clip extends Module {
        private final ClipTextTower textModel;
        private final ClipVisionTower visionModel;
        private final Linear visualProjection;
        private final Linear textProjection;
        private final Parameter logitScale;

        Clip(ClipTextTower.Settings text, ClipVisionTower.Settings vision, int projection) {
            textModel = new ClipTextTower(text);
            visionModel = new ClipVisionTower(vision);
            visualProjection = new Linear(vision.layers().width(), projection, false);
            textProjection = new Linear(text.layers().width(), projection, false);
            logitScale = new Parameter();
        }

        static Symbol attentionMask(FunctionScope f) {
            return f.input("attention_mask", SymbolType.INT64, f.size("texts"), f.size("tokens"));
        }

        void compare(FunctionScope f, ClipVisionTower.Settings vision, @Nullable Symbol attentionMask) {
            Symbol ids = f.input("input_ids", SymbolType.INT64, f.size("texts"), f.size("tokens"));
            Symbol pixels = f.input("pixel_values", f.size("images"), vision.channels(), vision.side(), vision.side());
            Symbol texts =
                    ClipVisionFunctions.normalized(
                            textProjection.of(textModel.of(ids, attentionMask).pooled())); // (texts, projection)
            Symbol images =
                    ClipVisionFunctions.normalized(
                            visualProjection.of(visionModel.of(pixels).pooled())); // (images, projection)
            Symbol logits = texts.matmul(images.transpose(0, 1)).times(texts.of(logitScale).exp()); // (texts, images)
            f.output("logits_per_image", logits.transpose(0, 1));
            f.output("logits_per_text", logits);
            f.output("text_embeds", texts);
            f.output("image_embeds", images);
        }
    }
}
