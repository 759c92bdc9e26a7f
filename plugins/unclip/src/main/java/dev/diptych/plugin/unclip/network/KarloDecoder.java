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
import dev.diptych.plugin.diffusion.adm.AdmSettings;
import dev.diptych.plugin.diffusion.adm.AdmUNet;

import org.jspecify.annotations.Nullable;
import org.pf4j.Extension;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/// Karlo's decoder as its authors published it (`Text2ImModel`): ADM's U-Net, told the time, the picture's embedding and the caption's, in whose attention pixels see the tokens that the former
/// becomes and those of the text.
///
/// `forward` takes `x` (batch, 3, height, width), `timesteps` (batch), `y`, the picture's embedding (batch, clip width), `txt_feat`, the caption's, `txt_feat_seq` (batch, tokens, clip width) and `mask` (batch, tokens), and
/// gives `out`. Without `y` it is the unconditional half of guidance.
@Extension
public final class KarloDecoder implements Architecture {
    @Override
    public List<String> classNames() {
        return List.of("Text2ImModel", "Text2ImProgressiveModel");
    }

    @Override
    public Network describe(Config config) {
        Config model = KarloSettings.model(config);
        model.only("clip_emb_type", "image")
                .ignore("dropout", "text_drop", "use_plm", "xf_final_ln", "xf_heads", "xf_layers");
        int clipWidth = model.integer("clip_dim");
        int extraTokens = model.integer("clip_emb_mult");
        int textTokens = model.integer("text_ctx");
        AdmSettings unet = unet(model);
        boolean hasUnconditional = model.number("clip_emb_drop", 0) > 0;
        Network.Description<Decoder> network =
                Network.of(new Decoder(unet, clipWidth, extraTokens, hasUnconditional))
                        .function(
                                "forward",
                                (decoder, f) ->
                                        decoder.predict(f, clipWidth, textTokens, f.input("y", f.batch(), clipWidth)));
        if (hasUnconditional) {
            network.function("forward", (decoder, f) -> decoder.predict(f, clipWidth, textTokens, null));
        }
        return network.network();
    }

    private static AdmSettings unet(Config model) {
        int size = model.integer("image_size");
        int heads = model.integer("num_heads", -1);
        int headsUp = model.integer("num_heads_upsample", -1);
        int headWidth = model.integer("num_head_channels", -1);
        if (headWidth == -1 && heads < 1) {
            throw model.unsupported("num_heads", "is needed where num_head_channels is -1");
        }
        AdmSettings settings =
                new AdmSettings(
                        3,
                        model.flag("learn_sigma", false) ? 6 : 3,
                        model.integer("num_channels"),
                        multipliers(model, size),
                        model.integer("num_res_blocks"),
                        numbers(model, "attention_resolutions").stream()
                                .map(each -> (int) (size / each.doubleValue()))
                                .toList(),
                        heads,
                        headsUp == -1 ? heads : headsUp,
                        headWidth,
                        false,
                        model.flag("use_scale_shift_norm", false),
                        model.flag("resblock_updown", false),
                        true,
                        true,
                        model.integer("xf_width"),
                        AdmSettings.GROUPS);
        settings.check(model, "num_channels", "num_head_channels");
        return settings;
    }

    private static List<Double> multipliers(Config model, int size) {
        if (!model.text("channel_mult", "").isEmpty()) {
            return numbers(model, "channel_mult");
        }
        return switch (size) {
            case 256 -> List.of(1.0, 1.0, 2.0, 2.0, 4.0, 4.0);
            case 128 -> List.of(1.0, 1.0, 2.0, 3.0, 4.0);
            case 64 -> List.of(1.0, 2.0, 3.0, 4.0);
            default -> throw model.unsupported("channel_mult", "is needed for pictures of " + size + " pixels");
        };
    }

    /// Numbers with commas between.
    private static List<Double> numbers(Config model, String key) {
        String text = model.text(key);
        try {
            return Arrays.stream(text.split(",", -1)).map(each -> (double) Integer.parseInt(each.strip())).toList();
        } catch (NumberFormatException e) {
            throw model.unsupported(key, "\"" + text + "\" is no list of integers with commas between");
        }
    }

    private static final class Decoder extends Module {
        @Named("model")
        private final AdmUNet unet;

        @Named("model.clip_emb")
        private final Linear clipEmb;

        @Named("model.text_seq_proj.0")
        private final Linear textSeqProj;

        @Named("model.text_seq_proj.1")
        private final LayerNorm textSeqNorm;

        @Named("model.text_feat_proj")
        private final Linear textFeatProj;

        @Named("model.clip_tok_proj")
        private final Linear clipTokProj;

        @Named("model.cf_param")
        private final @Nullable Parameter unconditional;

        private final transient int extraTokens;
        private final transient int multiple;

        Decoder(AdmSettings settings, int clipWidth, int extraTokens, boolean hasUnconditional) {
            int context = Objects.requireNonNull(settings.contextWidth());
            unet = new AdmUNet(settings);
            clipEmb = new Linear(clipWidth, settings.embeddingWidth());
            textSeqProj = new Linear(clipWidth, context);
            textSeqNorm = new LayerNorm(context);
            textFeatProj = new Linear(clipWidth, settings.embeddingWidth());
            clipTokProj = new Linear(clipWidth, extraTokens * context);
            unconditional = hasUnconditional ? new Parameter(clipWidth) : null;
            this.extraTokens = extraTokens;
            multiple = settings.multiple();
        }

        /// @param given the picture's embedding; null for the learned one
        void predict(FunctionScope f, int clipWidth, int textTokens, @Nullable Symbol given) {
            Symbol x = f.input("x", f.batch(), 3, f.size("height", multiple), f.size("width", multiple));
            Symbol timesteps = f.input("timesteps", SymbolType.INT64, f.batch());
            Symbol caption = f.input("txt_feat", f.batch(), clipWidth);
            Symbol text = f.input("txt_feat_seq", f.batch(), textTokens, clipWidth);
            Symbol mask = f.input("mask", SymbolType.INT64, f.batch(), textTokens);
            Symbol picture =
                    given != null
                            ? given
                            : x.of(Objects.requireNonNull(unconditional)).unsqueeze(0).expand(f.batch(), clipWidth);
            Symbol embedding = unet.embedding(timesteps).plus(clipEmb.of(picture)).plus(textFeatProj.of(caption));
            Symbol extra = clipTokProj.of(picture).unflatten(1, -1, extraTokens); // (batch, context, extraTokens)
            Symbol tokens = textSeqNorm.of(textSeqProj.of(text)).transpose(1, 2); // (batch, context, textTokens)
            f.output("out", unet.of(x, embedding, Symbol.concatenate(2, extra, tokens), mask.pad(1, extraTokens, 0)));
        }
    }
}
