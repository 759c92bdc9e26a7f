// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.network;

import dev.diptych.api.model.Config;
import dev.diptych.api.network.LayerNorm;
import dev.diptych.api.network.Linear;
import dev.diptych.api.network.Module;
import dev.diptych.api.network.Named;
import dev.diptych.api.network.Symbol;

import org.jspecify.annotations.Nullable;

import java.util.Objects;

/// Makes the tokens that the blocks look at, of the text that a call gives, of a picture's embedding, or of both.
abstract class TextProjection extends Module {
    static final String KEY = "encoder_hid_dim_type";

    /// @param text (batch, tokens, in), null if the call gives none
    /// @return (batch, tokens', textWidth)
    abstract Symbol of(Inputs inputs, @Nullable Symbol text);

    /// Whether a text is needed.
    boolean readsText() {
        return true;
    }

    /// The kind that a configuration names; null if the blocks look at the text as it is.
    ///
    /// @param textWidth of the tokens that the blocks look at
    static @Nullable TextProjection of(Config config, int textWidth) {
        if (!config.has("encoder_hid_dim")) {
            if (config.has(KEY)) {
                throw config.unsupported(KEY, "needs encoder_hid_dim beside it");
            }
            return null;
        }
        int in = config.integer("encoder_hid_dim");
        return switch (config.text(KEY, "text_proj")) {
            case "text_proj" -> new Text(in, textWidth);
            case "text_image_proj" -> new TextAndImage(in, textWidth);
            case "image_proj" -> new Image(in, textWidth);
            default ->
                    throw config.unsupported(
                            KEY,
                            config.text(KEY) + " is not implemented; allowed: text_proj, text_image_proj, image_proj");
        };
    }

    /// The text, in another width.
    private static final class Text extends TextProjection {
        @Named("")
        private final Linear linear;

        Text(int in, int textWidth) {
            linear = new Linear(in, textWidth);
        }

        @Override
        Symbol of(Inputs inputs, @Nullable Symbol text) {
            return linear.of(Objects.requireNonNull(text));
        }
    }

    /// Ten tokens of a picture's embedding, and the text. Kandinsky 2.1.
    private static final class TextAndImage extends TextProjection {
        private static final int TOKENS = 10;

        private final Linear imageEmbeds;
        private final Linear textProj;
        private final transient int textWidth;

        TextAndImage(int in, int textWidth) {
            imageEmbeds = new Linear(textWidth, TOKENS * textWidth);
            textProj = new Linear(in, textWidth);
            this.textWidth = textWidth;
        }

        @Override
        Symbol of(Inputs inputs, @Nullable Symbol text) {
            var image = imageEmbeds.of(inputs.rows("image_embeds", textWidth)).unflatten(1, TOKENS, textWidth);
            return Symbol.concatenate(1, image, textProj.of(Objects.requireNonNull(text)));
        }
    }

    /// 32 tokens of a picture's embedding. Kandinsky 2.2.
    private static final class Image extends TextProjection {
        private static final int TOKENS = 32;

        private final Linear imageEmbeds;
        private final LayerNorm norm;
        private final transient int in;
        private final transient int textWidth;

        Image(int in, int textWidth) {
            imageEmbeds = new Linear(in, TOKENS * textWidth);
            norm = new LayerNorm(textWidth);
            this.in = in;
            this.textWidth = textWidth;
        }

        @Override
        Symbol of(Inputs inputs, @Nullable Symbol text) {
            return norm.of(imageEmbeds.of(inputs.rows("image_embeds", in)).unflatten(1, TOKENS, textWidth));
        }

        @Override
        boolean readsText() {
            return false;
        }
    }
}
